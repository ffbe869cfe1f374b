/** Hostile inputs: accounts. What is forged, replayed, guessed or sent by another site's page. */
import { createHmac, createHash, generateKeyPairSync, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { generateSync } from "otplib/functional";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../../core/ids.ts";
import { goodPassword, logIn, signUpInvited, tryLogIn, type Person } from "../testing/people.ts";
import { startServer, type TestServer } from "../testing/server.ts";

let server: TestServer;
let bo: Person;
let key: { id: string; secret: string };
beforeAll(async () => {
  server = await startServer();
  bo = await signUpInvited(server, { name: "bo" });
  const text = await readFile(join(server.folder, "signing.keys"), "utf8");
  key = (JSON.parse(text) as { keys: { id: string; secret: string }[] }).keys[0]!;
});
afterAll(() => server[Symbol.asyncDispose]());

const status = async (token: string) => (await server.ask({ path: "/me", token })).status;
const post = (path: string, json: unknown) =>
  server.ask({ method: "POST", path, json, token: null });
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const decode = (text: string) =>
  JSON.parse(Buffer.from(text, "base64url").toString()) as Record<string, unknown>;
/** Signed with the server's own key: what is wrong with it is only what the test makes wrong. */
const forge = (header: object, claims: object, secret?: Buffer) => {
  const [ownHeader = "", ownClaims = ""] = bo.accessToken.split(".");
  const input = `${part({ ...decode(ownHeader), ...header })}.${part({ ...decode(ownClaims), ...claims })}`;
  const mac = createHmac("sha256", secret ?? Buffer.from(key.secret, "base64url"));
  return `${input}.${mac.update(input).digest("base64url")}`;
};

describe("an access token", () => {
  it("counts as it was signed: the forge itself is sound", async () => {
    expect(await status(forge({}, {}))).toBe(200);
  });

  it.each<[string, () => string]>([
    ["no algorithm", () => forge({ alg: "none" }, {}).replace(/[^.]*$/, "")],
    ["no algorithm, in capitals", () => forge({ alg: "NONE" }, {}).replace(/[^.]*$/, "")],
    ["another HMAC", () => forge({ alg: "HS512" }, {})],
    ["another issuer", () => forge({}, { iss: "https://elsewhere.example" })],
    ["another audience", () => forge({}, { aud: "elsewhere" })],
    ["another type", () => forge({ typ: "JWT" }, {})],
    ["no type", () => forge({ typ: undefined }, {})],
    ["an unknown key", () => forge({ kid: "unknown" }, {})],
    ["no key", () => forge({ kid: undefined }, {})],
    ["a path for a key", () => forge({ kid: "../../dev/null" }, {})],
    ["its own key", () => forge({ jwk: { kty: "oct", k: "AAAA" } }, {}, Buffer.alloc(3))],
    ["a critical header nobody knows", () => forge({ crit: ["x"], x: 1 }, {})],
    ["an empty secret", () => forge({}, {}, Buffer.alloc(0))],
    ["no end", () => forge({}, { exp: undefined })],
    ["a past end", () => forge({}, { exp: 1 })],
    ["an end in words", () => forge({}, { exp: "never" })],
    ["a start in the future", () => forge({}, { nbf: 9_999_999_999 })],
    ["no session", () => forge({}, { sid: undefined })],
    ["a session that never was", () => forge({}, { sid: bo.id })],
    ["an object for a session", () => forge({}, { sid: { $ne: null } })],
    ["two signatures", () => `${forge({}, {})}.AAAA`],
  ])("answers 401 to one with %s", async (_why, make) => {
    expect(await status(make())).toBe(401);
  });

  it("answers 401 to one signed as RSA with a key of the sender's", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const input = forge({ alg: "RS256" }, {}).split(".").slice(0, 2).join(".");
    const signature = sign("sha256", Buffer.from(input), privateKey).toString("base64url");
    expect(await status(`${input}.${signature}`)).toBe(401);
  });

  it("answers 401 to a refresh token in its place, and to it in a refresh token's", async () => {
    expect(await status(bo.refreshToken)).toBe(401);
    expect((await post("/auth/refresh", { refreshToken: bo.accessToken })).status).toBe(401);
  });
});

describe("a refresh token", () => {
  const refresh = (refreshToken: string) => post("/auth/refresh", { refreshToken });

  it("ends the whole session when it comes back used up", async () => {
    const cai = await signUpInvited(server, { name: "cai" });
    const second = (await refresh(cai.refreshToken)).json() as unknown as Person;
    const third = (await refresh(second.refreshToken)).json() as unknown as Person;
    expect(await status(third.accessToken)).toBe(200);
    // Two generations old: no second tab is that slow.
    expect((await refresh(cai.refreshToken)).status).toBe(401);
    for (const { accessToken } of [cai, second, third]) expect(await status(accessToken)).toBe(401);
    expect((await refresh(third.refreshToken)).status).toBe(401);
  });

  it("gives two tabs that come at once the same successor", async () => {
    const dee = await signUpInvited(server, { name: "dee" });
    const answers = await Promise.all([1, 2, 3, 4].map(() => refresh(dee.refreshToken)));
    const next = answers.map((answer) => String(answer.json()["refreshToken"]));
    expect(new Set(next).size).toBe(1);
    expect(next[0]).not.toBe(dee.refreshToken);
    for (const answer of answers)
      expect(await status(String(answer.json()["accessToken"]))).toBe(200);
  });

  it("that is forged ends nothing", async () => {
    const [head = ""] = bo.refreshToken.split(/\.(?=[^.]*$)/);
    for (const forged of [`${head}.${"A".repeat(43)}`, head, "sampan_r_", "x".repeat(299)])
      expect((await refresh(forged)).status).toBe(401);
    expect(await status(bo.accessToken)).toBe(200);
    expect((await refresh("x".repeat(2049))).status).toBe(400);
  });
});

describe("a pair of tokens in one header", () => {
  const ask = (authorization: string) => server.ask({ path: "/me", headers: { authorization } });

  it("is renewed in the answer when the access token has expired", async () => {
    const expired = forge({}, { exp: Math.floor(Date.now() / 1000) - 5 });
    const answer = await ask(`Bearer ${expired} ${bo.refreshToken}`);
    expect(answer.status).toBe(200);
    const [, access = "", refresh = ""] =
      /^Bearer (\S+) (\S+)$/.exec(answer.headers.get("authorization") ?? "") ?? [];
    expect(await status(access)).toBe(200);
    expect((await ask(`Bearer ${access} ${refresh}`)).headers.has("authorization")).toBe(false);
    // Requests on their way with the old pair are as good as before.
    expect((await ask(`Bearer ${expired} ${bo.refreshToken}`)).status).toBe(200);
  });

  it("is refused when a half is forged, of another session, or an API token", async () => {
    const eve = await signUpInvited(server, { name: "eve" });
    const expired = forge({}, { exp: 1 });
    const pairs = [
      `${expired} ${eve.refreshToken}`,
      `${expired} ${"A".repeat(43)}`,
      `${forge({}, { exp: 1 }, Buffer.alloc(32, 1))} ${bo.refreshToken}`,
      `${server.token} ${bo.refreshToken}`,
      `${bo.accessToken} x`,
    ];
    for (const pair of pairs) expect((await ask(`Bearer ${pair}`)).status, pair).toBe(401);
    expect((await ask(`Bearer ${bo.accessToken} ${bo.refreshToken} x`)).status).toBe(401);
  });
});

describe("a password", () => {
  it("answers 400 to one of a mebibyte, everywhere", async () => {
    const password = "p".repeat(1024 * 1024);
    const name = "bo";
    for (const [path, json] of [
      ["/auth/login", { name, password }],
      ["/auth/signup", { name, password }],
      ["/auth/setup", { token: "t", name, password }],
      ["/auth/reset", { token: "t", password }],
    ] as const)
      expect((await post(path, json)).status, path).toBe(400);
    const json = { currentPassword: password, newPassword: password };
    expect((await bo.ask({ method: "PUT", path: "/me/password", json })).status).toBe(400);
  });

  it("answers the same, in the same time, for a wrong one and for an unknown name", async () => {
    await using own = await startServer();
    const names = ["fay", "gus", "hal", "ivy"];
    for (const name of names) await signUpInvited(own, { name });
    const time = async (name: string) => {
      const began = performance.now();
      const answer = await tryLogIn(own, { name, password: "not the password" });
      return { ms: performance.now() - began, answer };
    };
    await time("warm-up");
    const runs = { known: [] as number[], unknown: [] as number[] };
    const answers = new Set<string>();
    for (let round = 0; round < 6; round++) {
      for (const [i, name] of names.entries()) {
        const known = await time(name);
        const unknown = await time(`nobody-${i}`);
        runs.known.push(known.ms);
        runs.unknown.push(unknown.ms);
        for (const { answer } of [known, unknown]) answers.add(`${answer.status} ${answer.text}`);
      }
    }
    expect(answers.size).toBe(1);
    expect([...answers][0]).toMatch(/^401 .*"sign-in-failed"/);
    const median = (list: number[]) => list.toSorted((a, b) => a - b)[list.length >> 1]!;
    const ratio = median(runs.known) / median(runs.unknown);
    // Hashing is most of the time; without it, an unknown name would answer ten times faster.
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  }, 60_000);

  it("cannot be guessed on and on: 429 with a time to wait, for the right one too", async () => {
    await using own = await startServer();
    await signUpInvited(own, { name: "joy" });
    const guesses = await Promise.all(
      Array.from({ length: 30 }, (_, i) => tryLogIn(own, { name: "joy", password: `guess ${i}` })),
    );
    const statuses = guesses.map((answer) => answer.status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(20);
    const right = await tryLogIn(own, { name: "joy", password: goodPassword });
    expect(right.status).toBe(429);
    expect(Number(right.headers.get("retry-after"))).toBeGreaterThan(0);
    // Nobody else is shut out, and a name that nobody has is treated alike.
    await signUpInvited(own, { name: "kit" });
    await logIn(own, { name: "kit" });
    for (let i = 0; i < 10; i++) await tryLogIn(own, { name: "nobody", password: "guess" });
    expect((await tryLogIn(own, { name: "nobody", password: "guess" })).status).toBe(429);
  }, 60_000);

  it.each<[string, object]>([
    ["a number for a name", { name: 1, password: "x" }],
    ["an object for a name", { name: { $ne: "" }, password: "x" }],
    ["no password", { name: "bo" }],
    ["an empty password", { name: "bo", password: "" }],
    ["more fields", { name: "bo", password: "x", role: "owner" }],
    [
      "__proto__",
      JSON.parse('{"name":"bo","password":"x","__proto__":{"role":"owner"}}') as object,
    ],
  ])("answers 400 to %s", async (_why, json) => {
    expect((await post("/auth/login", json)).status).toBe(400);
  });
});

describe("a name", () => {
  it.each([
    "a",
    "",
    " bo",
    "b o",
    "../x",
    "a\u0000b",
    "a\r\nb",
    "a\u202eb",
    "<b>",
    "-x",
    "a".repeat(65),
  ])("answers 400 to %j", async (name) => {
    const made = await server.ask({ method: "POST", path: "/admin/invitations", json: {} });
    const invitation = String(made.json()["token"]);
    const answer = await post("/auth/signup", { name, password: goodPassword, invitation });
    expect(answer.status).toBe(400);
  });
});

describe("cookies", () => {
  const signIn = async (headers: Record<string, string> = {}) => {
    const json = { name: "bo", password: goodPassword, cookies: true };
    const connection = await server.open();
    const body = JSON.stringify(json);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    await connection.write(
      `POST /api/v1/auth/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n` +
        `${lines.join("")}content-length: ${body.length}\r\n\r\n${body}`,
    );
    const answer = await connection.answer();
    await connection[Symbol.asyncDispose]();
    return answer!;
  };
  let cookie: string;
  beforeAll(async () => {
    const { access, refresh } = { access: bo.accessToken, refresh: bo.refreshToken };
    cookie = `sampan_access=${access}; sampan_refresh=${refresh}`;
  });
  const ask = (method: string, headers: Record<string, string>) =>
    server.ask({
      method,
      path: method === "POST" ? "/uploads" : "/me",
      token: null,
      headers: { cookie, ...headers },
      ...(method === "POST" ? { json: { name: `c-${Math.random()}`, size: 1 } } : {}),
    });

  it("hide the tokens from the page", async () => {
    const answer = await signIn();
    expect(answer.status).toBe(200);
    expect(answer.text).not.toMatch(/oken/);
    expect(answer.headers.get("set-cookie")).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it("are refused where another site's page may have sent them", async () => {
    for (const headers of [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: "https://elsewhere.example" },
      { origin: "null" },
      { origin: "http://localhost:81" },
    ]) {
      const answer = await ask("POST", headers);
      expect([answer.status, answer.json()["code"]]).toEqual([403, "cross-site"]);
      expect((await ask("GET", headers)).status).toBe(200);
    }
    expect((await signIn({ "sec-fetch-site": "cross-site" })).status).toBe(403);
  });

  it("serve the site's own page, and programs", async () => {
    for (const headers of [
      { "sec-fetch-site": "same-origin", origin: "http://localhost" },
      { origin: "http://localhost" },
      {},
    ])
      expect((await ask("POST", headers)).status).toBe(201);
  });

  it("are renewed when the access token has expired, and cleared at sign-out", async () => {
    const expired = forge({}, { exp: 1 });
    const own = await logIn(server, { name: "bo" });
    const sid = decode(own.accessToken.split(".")[1]!)["sid"];
    const late = forge({}, { exp: 1, sid });
    expect(expired).not.toBe(late);
    const headers = { cookie: `sampan_access=${late}; sampan_refresh=${own.refreshToken}` };
    const renewed = await server.ask({ path: "/me", token: null, headers });
    expect(renewed.status).toBe(200);
    expect(renewed.headers.get("set-cookie")).toMatch(/^sampan_/);
    const over = await server.ask({ method: "POST", path: "/auth/logout", token: null, headers });
    expect(over.status).toBe(204);
    expect(await status(own.accessToken)).toBe(401);
  });

  it("are bound to the host where there is TLS", async () => {
    await using own = await startServer({ publicUrl: "https://drive.example" });
    const lee = await signUpInvited(own, { name: "lee" });
    const answer = await own.ask({
      method: "POST",
      path: "/auth/login",
      token: null,
      json: { name: "lee", password: goodPassword, cookies: true },
    });
    expect(answer.headers.get("set-cookie")).toMatch(/^__Host-sampan_.*; Secure;/);
    const plain = { cookie: `sampan_access=${lee.accessToken}` };
    expect((await own.ask({ path: "/me", token: null, headers: plain })).status).toBe(401);
  });
});

describe("the second factor", () => {
  it("is asked for once it is proven, takes a code once, and lets recovery codes in once", async () => {
    const max = await signUpInvited(server, { name: "max" });
    const call = (path: string, json: unknown) => max.ask({ method: "POST", path, json });
    expect((await call("/me/totp", { password: "wrong one" })).status).toBe(401);
    const proposed = await call("/me/totp", { password: goodPassword });
    const { secret, uri } = proposed.json() as { secret: string; uri: string };
    expect(uri).toMatch(/^otpauth:\/\/totp\/.*secret=/);
    // Proposed is not in force.
    await logIn(server, { name: "max" });
    const at = (steps: number) =>
      generateSync({ secret, epoch: Math.floor(Date.now() / 1000) + 30 * steps });
    expect((await call("/me/totp/confirm", { code: "000000" })).status).toBe(401);
    const confirmed = await call("/me/totp/confirm", { code: at(-1) });
    const { recoveryCodes } = confirmed.json() as { recoveryCodes: string[] };
    expect(recoveryCodes).toHaveLength(10);

    const credentials = { name: "max", password: goodPassword };
    const bare = await tryLogIn(server, credentials);
    expect(bare.json()).toMatchObject({ status: 401, code: "totp-required", isWrong: false });
    const used = await tryLogIn(server, { ...credentials, totp: at(-1) });
    expect(used.json()).toMatchObject({ code: "totp-required", isWrong: true });
    await logIn(server, { ...credentials, totp: at(0) });
    expect((await tryLogIn(server, { ...credentials, totp: at(0) })).status).toBe(401);
    const [code = ""] = recoveryCodes;
    await logIn(server, { ...credentials, totp: code.toUpperCase().replaceAll("-", " ") });
    expect((await tryLogIn(server, { ...credentials, totp: code })).status).toBe(401);
    expect((await max.ask({ path: "/me" })).json()).toMatchObject({
      hasTotp: true,
      recoveryCodesLeft: 9,
    });
    // To whoever does not know the password, nothing is said of it.
    const wrong = await tryLogIn(server, { name: "max", password: "wrong" });
    expect(wrong.json()).toMatchObject({ code: "sign-in-failed" });
    expect((await call("/me/totp/disable", { password: goodPassword })).status).toBe(204);
    await logIn(server, { name: "max" });
  });
});

describe("administration", () => {
  it("keeps admins below the owner, and members out", async () => {
    const ann = await signUpInvited(server, { name: "ann", role: "admin" });
    const other = await signUpInvited(server, { name: "adam", role: "admin" });
    const ned = await signUpInvited(server, { name: "ned" });
    const owner = "00000000-0000-7000-8000-000000000000";
    const patch = (who: Person, id: string, json: unknown) =>
      who.ask({ method: "PATCH", path: `/admin/users/${id}`, json });
    expect((await patch(ann, ned.id, { quotaBytes: 10 })).json()).toMatchObject({ quotaBytes: 10 });
    for (const [id, json] of [
      [owner, { disabled: true }],
      [owner, { quotaBytes: 1 }],
      [other.id, { disabled: true }],
      [ned.id, { role: "admin" }],
      [ned.id, { role: "owner" }],
      [ann.id, { role: "owner" }],
    ] as const)
      expect((await patch(ann, id, json)).status, JSON.stringify(json)).toBe(403);
    for (const id of [owner, other.id]) {
      const path = `/admin/users/${id}/reset-link`;
      expect((await ann.ask({ method: "POST", path })).status).toBe(403);
    }
    const invite = { method: "POST", path: "/admin/invitations" };
    expect((await ann.ask({ ...invite, json: { role: "admin" } })).status).toBe(403);
    expect((await server.ask({ ...invite, json: { role: "owner" } })).status).toBe(403);
    expect((await ann.ask({ method: "POST", path: "/admin/token" })).status).toBe(403);
    expect((await patch(ned, ned.id, { role: "admin" })).status).toBe(403);
    const self = await server.ask({
      method: "PATCH",
      path: `/admin/users/${owner}`,
      json: { disabled: true },
    });
    expect(self.status).toBe(403);
    expect((await patch(ann, newId(), { quotaBytes: 1 })).status).toBe(404);
  });

  it("takes effect at once: a role, and a demotion", async () => {
    const pat = await signUpInvited(server, { name: "pat", role: "admin" });
    expect((await pat.ask({ path: "/admin/users" })).status).toBe(200);
    const path = `/admin/users/${pat.id}`;
    await server.ask({ method: "PATCH", path, json: { role: "guest" } });
    expect((await pat.ask({ path: "/admin/users" })).status).toBe(403);
    const put = await pat.ask({ method: "PUT", path: "/files/x", body: "x" });
    expect([put.status, put.json()]).toMatchObject([403, { needed: "files:write" }]);
    expect((await pat.ask({ path: "/files" })).status).toBe(200);
  });

  it("ends the links of an admin with their power: demoted, or disabled", async () => {
    const kim = await signUpInvited(server, { name: "kim" });
    for (const [name, change] of [
      ["lee", { role: "member" }],
      ["mia", { disabled: true }],
    ] as const) {
      const admin = await signUpInvited(server, { name, role: "admin" });
      const make = async (path: string) =>
        String((await admin.ask({ method: "POST", path, json: {} })).json()["token"]);
      const reset = await make(`/admin/users/${kim.id}/reset-link`);
      const invitation = await make("/admin/invitations");
      const path = `/admin/users/${admin.id}`;
      expect((await server.ask({ method: "PATCH", path, json: change })).status).toBe(200);
      const password = "a password of mine";
      const taken = await post("/auth/reset", { token: reset, password });
      expect(taken.json()).toMatchObject({ code: "link-invalid" });
      const joined = await post("/auth/signup", { name: `${name}-2`, password, invitation });
      expect(joined.json()).toMatchObject({ code: "link-invalid" });
    }
    await logIn(server, { name: "kim" });
  });

  it("stores no secret in the clear", async () => {
    const quin = await signUpInvited(server, { name: "quin" });
    const made = await quin.ask({
      method: "POST",
      path: "/me/tokens",
      json: { name: "t", scopes: ["files:read"] },
    });
    const secrets = [goodPassword, quin.refreshToken, String(made.json()["token"]), server.token];
    const files = ["sampan.db", "sampan.db-wal"];
    const bytes = Buffer.concat(
      await Promise.all(files.map((name) => readFile(join(server.folder, name)))),
    );
    expect(bytes.includes("argon2id$v=19$m=19456,t=2,p=1$")).toBe(true);
    expect(bytes.includes(createHash("sha256").update(server.token).digest("hex"))).toBe(true);
    for (const secret of secrets) {
      expect(bytes.includes(secret)).toBe(false);
      expect(bytes.includes(secret.slice(-43))).toBe(false);
    }
  });
});
