import type { IdentityProvider } from "../../core/accounts/third-party.ts";
import { createGithubProvider } from "./github.ts";
import { createOidcProvider } from "./oidc.ts";
import type { ProviderSettings } from "./provider-settings.ts";
import { createQqProvider } from "./qq.ts";

const googleIssuer = "https://accounts.google.com";

export function createProviders(settings: readonly ProviderSettings[]): IdentityProvider[] {
  return settings.map((one) => {
    switch (one.kind) {
      case "oidc":
        return createOidcProvider(one);
      case "google":
        return createOidcProvider({ label: "Google", issuer: googleIssuer, ...one });
      case "github":
        return createGithubProvider(one);
      case "qq":
        return createQqProvider(one);
    }
  });
}
