/** Attacks of our own invention: races for what counts once, other doors to the same room, and requests that a browser is made to send. */
import { generateSync } from "otplib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { goodPassword, signUpInvited, tryLogIn, type Person } from "../testing/people.ts";
import { exchange } from "../testing/raw.ts";
import { startServer, type TestServer } from "../testing/server.ts";

let server: TestServer;
let ann: Person;
beforeAll(async () => {
  server = await startServer({ signup: "open" });
  ann = await signUpInvited(server, { name: "ann" });
});
afterEach(() => expect(server.log).toEqual([]));
afterAll(() => server[Symbol.asyncDispose]());

const times = <T>(count: number, work: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, work));
const countOf = (statuses: number[], status: number) =>
  statuses.filter((one) => one === status).length;

describe("what counts once, asked for by many at the same moment", () => {
  it("lets one in with a code of the second factor, and one with a recovery code", async () => {
    const tia = await signUpInvited(server, { name: "tia" });
    const call = (path: string, json: object) => tia.ask({ method: "POST", path, json });
    const { secret } = (await call("/me/totp", { password: goodPassword })).json();
    const at = (steps: number) =>
      generateSync({ secret: String(secret), epoch: Math.floor(Date.now() / 1000) + 30 * steps });
    const confirmed = (await call("/me/totp/confirm", { code: at(-1) })).json();
    const [recovery = ""] = confirmed["recoveryCodes"] as string[];
    for (const totp of [at(0), recovery]) {
      const json = { name: "tia", password: goodPassword, totp };
      const answers = await times(6, () => tryLogIn(server, json));
      const statuses = answers.map(({ status }) => status);
      expect([countOf(statuses, 200), countOf(statuses, 401)]).toEqual([1, 5]);
    }
  });

  it("sets a password once by one link", async () => {
    const rob = await signUpInvited(server, { name: "rob" });
    const path = `/admin/users/${rob.id}/reset-link`;
    const token = (await server.ask({ method: "POST", path })).json()["token"];
    let i = 0;
    const answers = await times(6, () => {
      const json = { token, password: `a password of ${i++} racers` };
      return server.ask({ method: "POST", path: "/auth/reset", json, token: null });
    });
    expect(
      countOf(
        answers.map(({ status }) => status),
        204,
      ),
    ).toBe(1);
  });

  it("leaves no session of a password that is being changed", async () => {
    const sue = await signUpInvited(server, { name: "sue" });
    const signing = times(6, () => tryLogIn(server, { name: "sue", password: goodPassword }));
    const json = { currentPassword: goodPassword, newPassword: "something new altogether" };
    expect((await sue.ask({ method: "PUT", path: "/me/password", json })).status).toBe(204);
    await signing;
    const { items } = (await sue.ask({ path: "/me/sessions" })).json();
    expect(items).toMatchObject([{ isCurrent: true }]);
  });
});

describe("a page of another site, in the browser of somebody who is signed in", () => {
  /** The kinds of body that a page may send without asking first. */
  const simple = [
    ["application/x-www-form-urlencoded", "username=ann&token=&op=0&filename=x&filehash=x"],
    [
      "multipart/form-data; boundary=b",
      '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n',
    ],
    ["text/plain", "{}"],
  ] as const;

  it("changes nothing, at any route of any dialect", async () => {
    const cookie = `sampan_access=${ann.accessToken}`;
    const changing = server.routes.filter(
      ({ method, access }) =>
        access !== "public" && ["POST", "PUT", "PATCH", "DELETE"].includes(method),
    );
    expect(changing.length).toBeGreaterThan(70);
    const before = (await server.ask({ path: "/audit?limit=1" })).text;
    const answered = new Map<string, number[]>();
    for (const { method, url } of changing) {
      const path = url.replaceAll(/:\w+/g, "x").replace("*", "x");
      const statuses = [];
      for (const [type, body] of simple) {
        const head = [
          `${method} ${path} HTTP/1.1`,
          "host: localhost",
          `cookie: ${cookie}`,
          `content-type: ${type}`,
          "origin: https://evil.test",
          "sec-fetch-site: cross-site",
          "connection: close",
          `content-length: ${body.length}`,
        ];
        const answer = await exchange(server.port, `${head.join("\r\n")}\r\n\r\n${body}`);
        statuses.push(answer?.status ?? 0);
      }
      answered.set(`${method} ${url}`, statuses);
    }
    const letIn = [...answered].filter(([, statuses]) =>
      statuses.some((status) => status < 400 || status >= 500),
    );
    expect(letIn).toEqual([]);
    expect((await server.ask({ path: "/audit?limit=1" })).text).toBe(before);
  }, 60_000);

  it("changes nothing by a method that a header names", async () => {
    const json = { name: "kept", size: 5 };
    const { id } = (await ann.ask({ method: "POST", path: "/uploads", json })).json();
    for (const method of ["GET", "POST"]) {
      const head = [
        `${method} /files/${String(id)} HTTP/1.1`,
        "host: localhost",
        `cookie: sampan_access=${ann.accessToken}`,
        "x-http-method-override: DELETE",
        "tus-resumable: 1.0.0",
        "sec-fetch-site: cross-site",
        "connection: close",
      ];
      const answer = await exchange(server.port, `${head.join("\r\n")}\r\n\r\n`);
      expect([method, answer?.status]).toEqual([method, 403]);
    }
    expect((await ann.ask({ path: `/uploads/${String(id)}` })).json()["state"]).toBe("receiving");
  });

  it("reads nothing: no answer allows another origin to see it with cookies", async () => {
    for (const path of ["/api/v1/me", "/files/", "/api/v1/files"]) {
      const head = [
        `OPTIONS ${path} HTTP/1.1`,
        "host: localhost",
        "origin: https://evil.test",
        "access-control-request-method: PUT",
        "connection: close",
      ];
      const answer = await exchange(server.port, `${head.join("\r\n")}\r\n\r\n`);
      expect(answer?.headers.get("access-control-allow-credentials")).toBeUndefined();
    }
  });
});

describe("other spellings of an address", () => {
  it.each([
    "/api/v1/admin%2fusers",
    "/api/v1/%61dmin/users",
    "/api/v1//admin/users",
    "//api/v1/admin/users",
    "/api/v1/admin/users/",
    "/api/v1/admin/users;x=/health",
    "/api/v1/admin/users#/health",
    "/api/v1/health/../admin/users",
    "/api/v1/health/%2e%2e/admin/users",
    "/API/V1/ADMIN/USERS",
    "/api/v1/admin/users?access=public",
    "/api/v1/admin/users\\..\\health",
  ])("open no door to a member: %s", async (path) => {
    const head = [
      `GET ${path} HTTP/1.1`,
      "host: localhost",
      `authorization: Bearer ${ann.accessToken}`,
      "connection: close",
    ];
    const answer = await exchange(server.port, `${head.join("\r\n")}\r\n\r\n`);
    expect([400, 403, 404]).toContain(answer?.status);
    expect(answer?.text).not.toContain("quotaBytes");
  });
});

describe("a thief of a session", () => {
  it("keeps nothing once its owner signs out everywhere and ends the tokens", async () => {
    const vic = await signUpInvited(server, { name: "vic" });
    const thief = vic.accessToken;
    const json = { name: "backdoor", scopes: ["files:read", "files:write", "account"] };
    const ask = { method: "POST", path: "/me/tokens", json, token: thief };
    const made = String((await server.ask(ask)).json()["token"]);
    const again = await server.ask({ ...ask, token: made });
    const deeper = String(again.json()["token"]);
    const own = (await tryLogIn(server, { name: "vic", password: goodPassword })).json();
    const token = String(own["accessToken"]);
    const end = { method: "DELETE", path: "/me/sessions?tokens=1", token };
    expect((await server.ask(end)).status).toBe(204);
    for (const held of [thief, made, deeper])
      expect((await server.ask({ path: "/me", token: held })).status).toBe(401);
    expect((await server.ask({ path: "/me", token })).status).toBe(200);
  });
});

describe("an offline download", () => {
  it.each(["22", "25", "110", "465", "587", "993", "2049", "6000", "6667", "10080"])(
    "speaks to no port of another protocol: %s",
    async (port) => {
      const json = { url: `http://example.com:${port}/` };
      const answer = await server.ask({ method: "POST", path: "/fetches", json });
      expect([answer.status, answer.json()["code"]]).toEqual([400, "url-refused"]);
    },
  );
});
