/** How one provider is set up here. */
export interface ProviderSettings {
  readonly id: string;
  readonly kind: "oidc" | "google" | "github" | "qq";
  readonly label?: string | undefined;
  /** Of an OpenID Connect provider: its discovery document is found below it. */
  readonly issuer?: string | undefined;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string | undefined;
  /** Where the provider's own site is, for one that is run elsewhere (GitHub Enterprise). */
  readonly baseUrl?: string | undefined;
}

/** A provider that is slow is a provider that is down: somebody waits in a browser. */
export const providerTimeoutSeconds = 10;
