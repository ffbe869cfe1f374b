/** Accounts over the wire: how one comes in, what one may then do, and how it ends. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { goodPassword, logIn, signUpInvited, tryLogIn, type Person } from "../testing/people.ts";
import { startServer, type TestServer } from "../testing/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const me = (token: string) => server.ask({ path: "/me", token });
const post = (path: string, json: unknown, token: string | null = null) =>
  server.ask({ method: "POST", path, json, token });

describe("the first start", () => {
  it("offers a link that makes the owner, once, while the owner's token goes on working", async () => {
    await using fresh = await startServer();
    const secret = fresh.setUpPath!.split("#")[1]!;
    const json = { token: secret, name: "mei", password: goodPassword };
    const made = await fresh.ask({ method: "POST", path: "/auth/setup", json, token: null });
    expect(made.status).toBe(201);
    expect(made.json()).toMatchObject({
      expiresIn: 900,
      user: { id: "00000000-0000-7000-8000-000000000000", name: "mei", role: "owner" },
    });
    const again = await fresh.ask({ method: "POST", path: "/auth/setup", json, token: null });
    expect([again.status, again.json()["code"]]).toEqual([410, "link-invalid"]);
    expect((await fresh.ask({ path: "/me" })).json()).toMatchObject({ name: "mei" });
    expect((await logIn(fresh, { name: "MEI" })).name).toBe("mei");
  });

  it("keeps its signing keys from others", async () => {
    const path = join(server.folder, "signing.keys");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const { keys } = JSON.parse(await readFile(path, "utf8")) as { keys: unknown[] };
    expect(keys).toHaveLength(1);
  });
});

describe("signing up", () => {
  it("is by invitation unless it is open", async () => {
    const json = { name: "stranger", password: goodPassword };
    const refused = await post("/auth/signup", json);
    expect([refused.status, refused.json()["code"]]).toEqual([403, "signup-closed"]);
    await using open = await startServer({ signup: "open", defaultQuotaBytes: 1_000 });
    const made = await open.ask({ method: "POST", path: "/auth/signup", json, token: null });
    expect(made.status).toBe(201);
    expect(made.json()).toMatchObject({ user: { role: "member", quotaBytes: 1_000 } });
  });

  it("takes role and quota from the invitation, which works once", async () => {
    const offer = await post("/admin/invitations", { role: "guest", quotaBytes: 5 }, server.token);
    const invitation = String(offer.json()["token"]);
    expect(offer.json()["url"]).toMatch(new RegExp(`/invite#${invitation}$`));
    const json = { name: "guest1", password: goodPassword, invitation };
    const made = await post("/auth/signup", json);
    expect(made.json()).toMatchObject({ user: { role: "guest", quotaBytes: 5 } });
    const second = await post("/auth/signup", { ...json, name: "guest2" });
    expect([second.status, second.json()["code"]]).toEqual([410, "link-invalid"]);
  });

  it("gives one invitation to one of many who race for it", async () => {
    const offer = await post("/admin/invitations", {}, server.token);
    const invitation = String(offer.json()["token"]);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        post("/auth/signup", { name: `racer${i}`, password: goodPassword, invitation }),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([201, ...Array<number>(7).fill(410)]);
  });

  it("refuses a name that somebody has in other letters, and keeps the invitation", async () => {
    await signUpInvited(server, { name: "Ana" });
    const offer = await post("/admin/invitations", {}, server.token);
    const invitation = String(offer.json()["token"]);
    const twin = await post("/auth/signup", { name: "aNA", password: goodPassword, invitation });
    expect([twin.status, twin.json()["code"]]).toEqual([409, "account-name-taken"]);
    const other = await post("/auth/signup", { name: "ana2", password: goodPassword, invitation });
    expect(other.status).toBe(201);
  });
});

describe("a session", () => {
  it("opens with a password, and lets its access token do what the role may", async () => {
    const bo = await signUpInvited(server, { name: "bo" });
    const again = await logIn(server, { name: "bo" });
    expect((await again.ask({ path: "/me" })).json()).toMatchObject({ id: bo.id, name: "bo" });
    expect((await again.ask({ path: "/files" })).status).toBe(200);
    expect((await again.ask({ path: "/admin/users" })).status).toBe(403);
    const put = await again.ask({ method: "PUT", path: "/files/a.txt", body: "x" });
    expect(put.status).toBe(201);
    // The owner's drive is another.
    expect((await server.ask({ path: "/files" })).json()["items"]).toEqual([]);
  });

  it("ends at sign-out, with its access token", async () => {
    const cai = await signUpInvited(server, { name: "cai" });
    expect((await me(cai.accessToken)).status).toBe(200);
    expect((await post("/auth/logout", undefined, cai.accessToken)).status).toBe(204);
    expect((await me(cai.accessToken)).status).toBe(401);
    const refreshed = await post("/auth/refresh", { refreshToken: cai.refreshToken });
    expect(refreshed.status).toBe(401);
  });

  it("ends by its refresh token alone, and says the same of one that is over", async () => {
    const ced = await signUpInvited(server, { name: "ced" });
    const { refreshToken } = ced;
    expect((await post("/auth/logout", { refreshToken })).status).toBe(204);
    expect((await me(ced.accessToken)).status).toBe(401);
    expect((await post("/auth/logout", { refreshToken })).status).toBe(204);
  });

  it("is one of a list, from which each can be revoked", async () => {
    const dee = await signUpInvited(server, { name: "dee" });
    const phone = await logIn(server, { name: "dee" });
    const list = async () =>
      (await dee.ask({ path: "/me/sessions" })).json()["items"] as {
        id: string;
        isCurrent: boolean;
      }[];
    const other = (await list()).find(({ isCurrent }) => !isCurrent)!;
    expect(await list()).toHaveLength(2);
    expect((await me(phone.accessToken)).status).toBe(200);
    const path = `/me/sessions/${other.id}`;
    expect((await dee.ask({ method: "DELETE", path })).status).toBe(204);
    expect((await me(phone.accessToken)).status).toBe(401);
    expect((await dee.ask({ method: "DELETE", path })).status).toBe(404);
    expect(await list()).toHaveLength(1);
  });

  it("of somebody else cannot be revoked", async () => {
    const [eve, fay] = [
      await signUpInvited(server, { name: "eve" }),
      await signUpInvited(server, { name: "fay" }),
    ];
    const sessions = (await fay.ask({ path: "/me/sessions" })).json()["items"] as { id: string }[];
    const path = `/me/sessions/${sessions[0]!.id}`;
    expect((await eve.ask({ method: "DELETE", path })).status).toBe(404);
    expect((await me(fay.accessToken)).status).toBe(200);
  });

  it("dies at once when its account is disabled, and a token with it", async () => {
    const gil = await signUpInvited(server, { name: "gil" });
    const made = await gil.ask({
      method: "POST",
      path: "/me/tokens",
      json: { name: "backup", scopes: ["files:read"] },
    });
    const token = String(made.json()["token"]);
    expect((await me(gil.accessToken)).status).toBe(200);
    expect((await me(token)).status).toBe(200);
    const path = `/admin/users/${gil.id}`;
    const disabled = await server.ask({ method: "PATCH", path, json: { disabled: true } });
    expect(disabled.json()).toMatchObject({ disabled: true });
    expect((await me(gil.accessToken)).status).toBe(401);
    expect((await me(token)).status).toBe(401);
    expect((await post("/auth/refresh", { refreshToken: gil.refreshToken })).status).toBe(401);
    const answer = await tryLogIn(server, { name: "gil", password: goodPassword });
    expect([answer.status, answer.json()["code"]]).toEqual([403, "account-disabled"]);
    await server.ask({ method: "PATCH", path, json: { disabled: false } });
    expect((await me(token)).status).toBe(200);
  });
});

describe("a download ticket", () => {
  it("dies with the account", async () => {
    const lou = await signUpInvited(server, { name: "lou" });
    const file = await lou.ask({ method: "PUT", path: "/files/l.txt", body: "content" });
    const base = `http://127.0.0.1:${server.port}`;
    const issued = await fetch(`${base}/api/web/downloads`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${lou.accessToken}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ fileId: file.json()["id"] }),
    });
    const { url } = (await issued.json()) as { url: string };
    expect(await (await fetch(base + url)).text()).toBe("content");
    const path = `/admin/users/${lou.id}`;
    await server.ask({ method: "PATCH", path, json: { disabled: true } });
    expect((await fetch(base + url)).status).toBe(401);
  });
});

/** An API token of somebody, to read files. */
async function newToken(person: Person): Promise<string> {
  const json = { name: "t", scopes: ["files:read"] };
  const made = await person.ask({ method: "POST", path: "/me/tokens", json });
  return String(made.json()["token"]);
}

describe("the password", () => {
  it("changes with the old one, and ends every other session", async () => {
    const hal = await signUpInvited(server, { name: "hal" });
    const other = await logIn(server, { name: "hal" });
    const put = (currentPassword: string, newPassword: string) =>
      hal.ask({ method: "PUT", path: "/me/password", json: { currentPassword, newPassword } });
    expect((await put("wrong wrong", "a new one, longer")).status).toBe(401);
    expect((await put(goodPassword, "short")).json()).toMatchObject({ code: "password-refused" });
    expect((await put(goodPassword, "a new one, longer")).status).toBe(204);
    expect((await me(hal.accessToken)).status).toBe(200);
    expect((await me(other.accessToken)).status).toBe(401);
    expect((await tryLogIn(server, { name: "hal", password: goodPassword })).status).toBe(401);
    await logIn(server, { name: "hal", password: "a new one, longer" });
  });

  it("ends API tokens as well where that is asked for", async () => {
    const lea = await signUpInvited(server, { name: "lea" });
    const token = await newToken(lea);
    const put = (json: object) => lea.ask({ method: "PUT", path: "/me/password", json });
    const [currentPassword, newPassword] = [goodPassword, "a new one, longer"];
    expect((await put({ currentPassword, newPassword })).status).toBe(204);
    expect((await me(token)).status).toBe(200);
    const again = { currentPassword: newPassword, newPassword: goodPassword, endTokens: true };
    expect((await put(again)).status).toBe(204);
    expect([(await me(token)).status, (await me(lea.accessToken)).status]).toEqual([401, 200]);
  });

  it("is reset after a theft: sessions of every dialect and API tokens end, the second factor stays", async () => {
    const max = await signUpInvited(server, { name: "max" });
    const token = await newToken(max);
    const form = new URLSearchParams({ username: "max", password: goodPassword });
    const url = `http://127.0.0.1:${server.port}`;
    const signIn = async (path: string): Promise<Record<string, string>> => {
      const answer = await fetch(url + path, { method: "POST", body: form });
      return ((await answer.json()) as { data: Record<string, string> }).data;
    };
    const [drive, pair] = [await signIn("/user/signin"), await signIn("/netdisk/login")];
    const use = async (): Promise<number[]> => {
      const both = `Bearer ${pair["access_token"]} ${pair["refresh_token"]}`;
      const query = new URLSearchParams({ username: "max", token: drive["Token"]! });
      return await Promise.all([
        me(max.accessToken).then(({ status }) => status),
        me(token).then(({ status }) => status),
        fetch(`${url}/user/info?${query}`).then(({ status }) => status),
        fetch(`${url}/netdisk/user`, { headers: { authorization: both } }).then((r) => r.status),
      ]);
    };
    expect(await use()).toEqual([200, 200, 200, 200]);
    const offer = await post(`/admin/users/${max.id}/reset-link`, undefined, server.token);
    const reset = { token: String(offer.json()["token"]), password: "another one altogether" };
    expect((await post("/auth/reset", reset)).status).toBe(204);
    expect(await use()).toEqual([401, 401, 401, 401]);
    const { refreshToken } = max;
    expect((await post("/auth/refresh", { refreshToken })).status).toBe(401);
  });

  it("is no defence while its owner waits: an admin ends sessions and tokens at once", async () => {
    const ned = await signUpInvited(server, { name: "ned" });
    const token = await newToken(ned);
    const end = (query: string) =>
      server.ask({ method: "DELETE", path: `/admin/users/${ned.id}/sessions${query}` });
    expect((await end("")).status).toBe(204);
    expect([(await me(ned.accessToken)).status, (await me(token)).status]).toEqual([401, 200]);
    expect((await end("?tokens=1")).status).toBe(204);
    expect((await me(token)).status).toBe(401);
  });

  it("is reset by a link that works once, and ends every session", async () => {
    const ida = await signUpInvited(server, { name: "ida" });
    const offer = await post(`/admin/users/${ida.id}/reset-link`, undefined, server.token);
    const token = String(offer.json()["token"]);
    const password = "another one altogether";
    expect((await post("/auth/reset", { token, password })).status).toBe(204);
    expect((await me(ida.accessToken)).status).toBe(401);
    expect((await post("/auth/reset", { token, password })).status).toBe(410);
    await logIn(server, { name: "ida", password });
  });
});

describe("an API token", () => {
  it("does what its scopes say, and is shown once", async () => {
    const jo = await signUpInvited(server, { name: "jo" });
    const make = (scopes: string[], extra = {}) =>
      jo.ask({ method: "POST", path: "/me/tokens", json: { name: "t", scopes, ...extra } });
    const made = await make(["files:read"]);
    expect(made.status).toBe(201);
    const token = String(made.json()["token"]);
    expect(token).toMatch(/^sampan_[A-Za-z0-9_-]{43}$/);
    expect((await server.ask({ path: "/files", token })).status).toBe(200);
    const put = await server.ask({ method: "PUT", path: "/files/x", body: "x", token });
    expect([put.status, put.json()]).toMatchObject([403, { needed: "files:write" }]);
    expect((await server.ask({ path: "/me/tokens", token })).status).toBe(403);
    const list = await jo.ask({ path: "/me/tokens" });
    expect(list.text).not.toContain(token);
    const path = `/me/tokens/${String(made.json()["id"])}`;
    expect((await jo.ask({ method: "DELETE", path })).status).toBe(204);
    expect((await server.ask({ path: "/files", token })).status).toBe(401);
  });

  it("cannot be wider than what asks for it, nor made for the past", async () => {
    const kim = await signUpInvited(server, { name: "kim" });
    const make = (json: unknown) => kim.ask({ method: "POST", path: "/me/tokens", json });
    expect((await make({ name: "t", scopes: ["admin"] })).status).toBe(403);
    expect((await make({ name: "t", scopes: ["everything"] })).status).toBe(400);
    expect((await make({ name: "t", scopes: [] })).status).toBe(400);
    const expiresAt = "2001-01-01T00:00:00.000Z";
    expect((await make({ name: "t", scopes: ["files:read"], expiresAt })).status).toBe(400);
  });

  it("of the owner outlives its replacement", async () => {
    await using own = await startServer();
    const json = { name: "mine", scopes: ["files:read"] };
    const made = await own.ask({ method: "POST", path: "/me/tokens", json });
    const token = String(made.json()["token"]);
    const replaced = await own.ask({ method: "POST", path: "/admin/token" });
    expect((await own.ask({ path: "/me" })).status).toBe(401);
    expect((await own.ask({ path: "/me", token: String(replaced.json()["token"]) })).status).toBe(
      200,
    );
    expect((await own.ask({ path: "/files", token })).status).toBe(200);
  });
});
