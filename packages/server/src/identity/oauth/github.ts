/** GitHub: OAuth 2.0 without OpenID Connect. Who signed in is asked of its API with the access token, which is then forgotten. */
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretPost,
  Configuration,
  fetchProtectedResource,
} from "openid-client";
import { ProviderFailure, type IdentityProvider } from "../../core/accounts/third-party.ts";
import { providerTimeoutSeconds, type ProviderSettings } from "./provider-settings.ts";

export function createGithubProvider(settings: ProviderSettings): IdentityProvider {
  const { id, clientId, clientSecret, baseUrl, scope = "read:user" } = settings;
  const site = (baseUrl ?? "https://github.com").replace(/\/+$/, "");
  const userUrl = baseUrl === undefined ? "https://api.github.com/user" : `${site}/api/v3/user`;
  const configuration = new Configuration(
    {
      issuer: site,
      authorization_endpoint: `${site}/login/oauth/authorize`,
      token_endpoint: `${site}/login/oauth/access_token`,
    },
    clientId,
    undefined,
    ClientSecretPost(clientSecret),
  );
  configuration.timeout = providerTimeoutSeconds;
  // oxlint-disable-next-line typescript/no-deprecated -- deprecated to stand out; the settings allow it for this machine only
  if (site.startsWith("http:")) allowInsecureRequests(configuration);

  return {
    id,
    label: settings.label ?? "GitHub",
    async begin({ redirectUri, state, verifier }) {
      return buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope,
        state,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      });
    },

    async finish({ callbackUrl, state, verifier }) {
      try {
        const { access_token: token } = await authorizationCodeGrant(configuration, callbackUrl, {
          expectedState: state,
          pkceCodeVerifier: verifier,
        });
        const answer = await fetchProtectedResource(
          configuration,
          token,
          new URL(userUrl),
          "GET",
          null,
          new Headers({ accept: "application/json", "user-agent": "sampan" }),
        );
        return toProfile(await answer.json());
      } catch (error) {
        throw new ProviderFailure(`${id} did not confirm the sign-in`, { cause: error });
      }
    },
  };
}

/** The number stays when people rename themselves, and a name that somebody left can be another's tomorrow. */
function toProfile(user: unknown) {
  const { id, login, email } = (user ?? {}) as Record<string, unknown>;
  if (typeof id !== "number" || !Number.isSafeInteger(id)) throw new Error("no user id");
  return {
    providerId: String(id),
    name: typeof login === "string" ? login : null,
    email: typeof email === "string" ? email : null,
  };
}
