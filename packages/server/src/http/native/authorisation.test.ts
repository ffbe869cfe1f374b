/** Who may call what: every route of the native API and of tus, as the server itself lists them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scopesOf, type Role, type Scope } from "../../core/accounts/role.ts";
import { signUpInvited } from "../testing/people.ts";
import { startServer, type TestServer } from "../testing/server.ts";

let server: TestServer;
let routes: TestServer["routes"];
const tokens = new Map<string, { token: string; scopes: ReadonlySet<Scope> }>();

beforeAll(async () => {
  server = await startServer();
  routes = server.routes.filter(({ url }) => /^\/(api\/v1|api\/web|files)(\/|$)/.test(url));
  const owner = scopesOf("owner");
  tokens.set("owner", { token: server.token, scopes: owner });
  for (const role of ["admin", "member", "guest"] as const satisfies readonly Role[]) {
    const person = await signUpInvited(server, { name: role, role });
    tokens.set(role, { token: person.accessToken, scopes: scopesOf(role) });
  }
  for (const scope of owner) {
    const json = { name: scope, scopes: [scope] };
    const made = await server.ask({ method: "POST", path: "/me/tokens", json });
    const token = String(made.json()["token"]);
    tokens.set(`a token for ${scope}`, { token, scopes: new Set([scope]) });
  }
});
afterAll(() => server[Symbol.asyncDispose]());

/** Ids that nothing has: a call that is let through finds nothing, and breaks nothing. */
const fill = (url: string) => url.replaceAll(/:[a-z]+/gi, "0");
/** These end what the test goes on with. */
const selfDestructive = new Set(["POST /api/v1/admin/token", "DELETE /api/v1/me/sessions"]);

const call = async (method: string, url: string, token?: string) => {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(`http://127.0.0.1:${server.port}${fill(url)}`, { method, headers });
  await answer.body?.cancel();
  return answer;
};

describe("every route", () => {
  it("is known to be public, or asks for a token", async () => {
    expect(routes.length).toBeGreaterThan(40);
    for (const { method, url, access } of routes) {
      if (access === "public" || method === "OPTIONS") continue;
      expect((await call(method, url)).status, `${method} ${url}`).toBe(401);
    }
  });

  it("lets in whoever has the scope that it needs, and nobody else", async () => {
    for (const { method, url, access: needed } of routes) {
      if (needed === "public" || method === "OPTIONS") continue;
      if (selfDestructive.has(`${method} ${url}`)) continue;
      for (const [who, { token, scopes }] of tokens) {
        const answer = await call(method, url, token);
        const may = needed === "signed-in" || scopes.has(needed);
        const isForbidden = answer.status === 403;
        expect(isForbidden, `${who}: ${method} ${url} → ${answer.status}`).toBe(!may);
        expect(answer.status, `${who}: ${method} ${url}`).not.toBe(401);
      }
    }
  }, 120_000);

  it("of administration needs more than a drive", () => {
    const loose = routes.filter(
      ({ url, access }) => url.includes("/admin") && access !== "admin" && access !== "owner",
    );
    expect(loose).toEqual([]);
  });
});
