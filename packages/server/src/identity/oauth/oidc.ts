/** Any OpenID Connect provider, by discovery (OpenID Connect Core 1.0, Discovery 1.0). */
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretBasic,
  ClientSecretPost,
  discovery,
  type ClientAuth,
  type Configuration,
} from "openid-client";
import { CoreError } from "../../core/errors.ts";
import { ProviderFailure, type IdentityProvider } from "../../core/accounts/third-party.ts";
import { providerTimeoutSeconds, type ProviderSettings } from "./provider-settings.ts";

export function createOidcProvider(settings: ProviderSettings): IdentityProvider {
  const { id, clientId, clientSecret, scope = "openid profile email" } = settings;
  if (settings.issuer === undefined) throw new Error(`${id} has no issuer`);
  const issuer = new URL(settings.issuer);
  let found: Promise<Configuration> | undefined;

  /** Asked once; a provider that was down is asked again by the next who comes. */
  const configure = async (): Promise<Configuration> => {
    found ??= discovery(issuer, clientId, undefined, authenticateBy(clientSecret), {
      timeout: providerTimeoutSeconds,
      // oxlint-disable-next-line typescript/no-deprecated -- deprecated to stand out; the settings allow it for this machine only
      ...(issuer.protocol === "http:" ? { execute: [allowInsecureRequests] } : {}),
    });
    try {
      return await found;
    } catch (error) {
      found = undefined;
      throw new CoreError("provider-unavailable", { provider: id }, { cause: error });
    }
  };

  return {
    id,
    label: settings.label ?? id,
    async begin({ redirectUri, state, nonce, verifier }) {
      return buildAuthorizationUrl(await configure(), {
        redirect_uri: redirectUri,
        scope,
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      });
    },

    async finish({ callbackUrl, state, nonce, verifier }) {
      const configuration = await configure();
      const claims = await authorizationCodeGrant(configuration, callbackUrl, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      }).then(
        (tokens) => tokens.claims(),
        (error: unknown) => {
          throw new ProviderFailure(`${id} did not confirm the sign-in`, { cause: error });
        },
      );
      if (!claims) throw new ProviderFailure(`${id} sent no ID token`);
      const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);
      return {
        providerId: claims.sub,
        name: text(claims["preferred_username"]) ?? text(claims["name"]),
        email: text(claims["email"]),
      };
    },
  };
}

/** In the header, which is what clients are registered for unless somebody chose otherwise; in the body where only that is taken. */
function authenticateBy(secret: string): ClientAuth {
  const [basic, post] = [ClientSecretBasic(secret), ClientSecretPost(secret)];
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
    return (methods.includes("client_secret_basic") ? basic : post)(server, ...rest);
  };
}
