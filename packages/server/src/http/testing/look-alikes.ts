/** Sites that speak as GitHub and QQ do, odd answers included, for one person at a time. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { createHash } from "node:crypto";

export interface LookAlike extends AsyncDisposable {
  readonly url: string;
  /** Who signs in next; null refuses. */
  person: { id: string; name: string } | null;
  /** What `me` says the token was made for. */
  audience: string;
}

interface Grant {
  readonly person: { id: string; name: string };
  readonly challenge: string;
  readonly redirectUri: string;
}

export const client = { clientId: "101", clientSecret: "the-secret" };

export async function startLookAlike(): Promise<LookAlike> {
  const grants = new Map<string, Grant>();
  const tokens = new Map<string, Grant["person"]>();
  const server = createServer((request, response) => {
    void answer(request).then(({ status = 200, type = "text/html", location, body = "" }) => {
      response.writeHead(status, {
        "content-type": type,
        ...(location === undefined ? {} : { location }),
      });
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const url = new URL(request.url ?? "/", "http://here");
    const form = new URLSearchParams(await readBody(request));
    const given = (name: string) => form.get(name) ?? url.searchParams.get(name) ?? "";
    switch (url.pathname) {
      case "/oauth2.0/authorize":
      case "/login/oauth/authorize":
        return authorize(given);
      case "/oauth2.0/token": {
        const token = redeem(given);
        return token === undefined
          ? {
              body: 'callback( {"error":100019,"error_description":"code to access token error"} );',
            }
          : { body: `access_token=${token}&expires_in=7776000&refresh_token=R` };
      }
      case "/login/oauth/access_token": {
        const access_token = redeem(given);
        const body = access_token
          ? { access_token, token_type: "bearer", scope: "" }
          : { error: "bad_verification_code" };
        return { type: "application/json; charset=utf-8", body: JSON.stringify(body) };
      }
      case "/oauth2.0/me": {
        const person = tokens.get(given("access_token"));
        const facts = { client_id: site.audience, openid: person?.id };
        return { body: `callback( ${JSON.stringify(facts)} );\n` };
      }
      case "/user/get_user_info": {
        const person = tokens.get(given("access_token"));
        return { body: JSON.stringify({ ret: 0, msg: "", nickname: person?.name }) };
      }
      case "/api/v3/user": {
        const token = (request.headers.authorization ?? "").replace(/^bearer /i, "");
        const person = tokens.get(token);
        if (!person) return { status: 401, body: "{}" };
        const user = { id: Number(person.id), login: person.name, email: null };
        return { type: "application/json", body: JSON.stringify(user) };
      }
      default:
        return { status: 404 };
    }
  };

  const authorize = (given: (name: string) => string): Reply => {
    const back = new URL(given("redirect_uri"));
    back.searchParams.set("state", given("state"));
    const { person } = site;
    if (person === null) back.searchParams.set("error", "access_denied");
    else {
      const code = createHash("sha256").update(given("state")).digest("hex");
      const challenge = given("code_challenge");
      grants.set(code, { person, challenge, redirectUri: given("redirect_uri") });
      back.searchParams.set("code", code);
    }
    return { status: 302, location: back.href };
  };

  /** A code is good once, for the same address, with the verifier of its challenge and the secret of the client. */
  const redeem = (given: (name: string) => string): string | undefined => {
    const grant = grants.get(given("code"));
    grants.delete(given("code"));
    const challenge = createHash("sha256").update(given("code_verifier")).digest("base64url");
    const isGood =
      grant?.challenge === challenge &&
      grant.redirectUri === given("redirect_uri") &&
      given("client_secret") === client.clientSecret;
    if (!grant || !isGood) return undefined;
    const token = `token-${tokens.size}`;
    tokens.set(token, grant.person);
    return token;
  };

  const site: LookAlike = {
    url: `http://127.0.0.1:${port}`,
    person: null,
    audience: client.clientId,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return site;
}

interface Reply {
  readonly status?: number;
  readonly type?: string;
  readonly location?: string;
  readonly body?: string;
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) text += String(piece);
  return text;
}
