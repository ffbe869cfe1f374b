/**
 * QQ Connect: OAuth 2.0 of its own kind. The token comes URL-encoded, who it is of as a call of a function
 * (`callback( {"client_id":"…","openid":"…"} );`), and errors in either way, with status 200.
 */
import { calculatePKCECodeChallenge } from "openid-client";
import { ProviderFailure, type IdentityProvider } from "../../core/accounts/third-party.ts";
import { providerTimeoutSeconds, type ProviderSettings } from "./provider-settings.ts";

const maxAnswerChars = 64 * 1024;

export function createQqProvider(settings: ProviderSettings): IdentityProvider {
  const { id, clientId, clientSecret, scope = "get_user_info" } = settings;
  const site = (settings.baseUrl ?? "https://graph.qq.com").replace(/\/+$/, "");

  const ask = async (path: string, query: Record<string, string>): Promise<Answer> => {
    const url = `${site}${path}?${new URLSearchParams(query).toString()}`;
    const signal = AbortSignal.timeout(providerTimeoutSeconds * 1000);
    const response = await fetch(url, { signal, redirect: "error" });
    const answer = parseQqAnswer(await readText(response));
    const error = answer["error"];
    if (!response.ok || (error !== undefined && error !== "0"))
      throw new Error(`${path} answered ${response.status}, error ${error ?? "none"}`);
    return answer;
  };

  const askWho = async (code: string, redirectUri: string, verifier: string) => {
    const { access_token } = await ask("/oauth2.0/token", {
      grant_type: "authorization_code",
      client_id: clientId,
      client_secret: clientSecret,
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    });
    if (access_token === undefined) throw new Error("no access token");
    const me = await ask("/oauth2.0/me", { access_token });
    const { openid } = me;
    // A token that was made for another application says nothing of who is here.
    if (me["client_id"] !== clientId) throw new Error("the token is of another client");
    if (openid === undefined || !/^[A-Za-z0-9_-]{1,128}$/.test(openid))
      throw new Error("no openid");
    const info = await ask("/user/get_user_info", {
      access_token,
      oauth_consumer_key: clientId,
      openid,
    });
    return { providerId: openid, name: info["nickname"] ?? null, email: null };
  };

  return {
    id,
    label: settings.label ?? "QQ",
    async begin({ redirectUri, state, verifier }) {
      const url = new URL(`${site}/oauth2.0/authorize`);
      url.search = new URLSearchParams({
        response_type: "code",
        client_id: clientId,
        redirect_uri: redirectUri,
        state,
        scope,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
      }).toString();
      return url;
    },

    async finish({ callbackUrl, verifier }) {
      const code = callbackUrl.searchParams.get("code");
      if (code === null) throw new ProviderFailure(`${id} sent no code`);
      const redirectUri = `${callbackUrl.origin}${callbackUrl.pathname}`;
      try {
        return await askWho(code, redirectUri, verifier);
      } catch (error) {
        throw new ProviderFailure(`${id} did not confirm the sign-in`, { cause: error });
      }
    },
  };
}

type Answer = Readonly<Record<string, string | undefined>>;

/** JSON, JSON as the argument of a call, or a query string, whichever it is; numbers become their digits. Throws for anything else. */
export function parseQqAnswer(text: string): Answer {
  const call = /^\s*[A-Za-z_$][\w$.]*\s*\(([\s\S]*)\)\s*;?\s*$/.exec(text);
  const inner = (call?.[1] ?? text).trim();
  if (!inner.startsWith("{")) {
    if (call || !/^[\w.-]+=/.test(inner)) throw new Error("an answer of no known form");
    return Object.fromEntries(new URLSearchParams(inner));
  }
  const parsed = JSON.parse(inner) as Record<string, unknown>;
  const entries = Object.entries(parsed).flatMap(([name, value]) =>
    typeof value === "string" || typeof value === "number" ? [[name, String(value)]] : [],
  );
  return Object.fromEntries(entries) as Answer;
}

async function readText({ body }: Response): Promise<string> {
  let text = "";
  if (!body) return text;
  for await (const piece of body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (text.length > maxAnswerChars) throw new Error("an answer without end");
  }
  return text;
}
