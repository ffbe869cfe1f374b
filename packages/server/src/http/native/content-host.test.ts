/** What users stored, on a host of its own: the app's host sends browsers there, and nothing else is there. */
import { request as send } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { settingsSchema } from "../../config/settings.ts";
import { createContentHost } from "../shared/content-host.ts";
import { goodPassword, logIn, signUpInvited, type Person } from "../testing/people.ts";
import { startServer, type TestServer } from "../testing/server.ts";

const appOrigin = "https://drive.example";
const contentOrigin = "https://content.example";
const html = "<script>alert(document.cookie)</script>";

let server: TestServer;
let ann: Person;
let cookies: string;
let fileId: string;
beforeAll(async () => {
  server = await startServer({ publicUrl: appOrigin, contentHost: contentOrigin });
  ann = await signUpInvited(server, { name: "ann" });
  cookies = await signIn();
  const headers = { "content-type": "text/html" };
  const stored = await ann.ask({ method: "PUT", path: "/files/a.html", body: html, headers });
  fileId = String(stored.json()["id"]);
});
afterEach(() => expect(server.log).toEqual([]));
afterAll(() => server[Symbol.asyncDispose]());

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A request to either host, as a browser or a program would make it. */
function ask(
  url: string,
  { method = "GET", headers = {}, body }: { method?: string; headers?: object; body?: string } = {},
): Promise<Answer> {
  const { host, pathname, search } = new URL(url, appOrigin);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const to = { host: "127.0.0.1", port: server.port, path: pathname + search, method };
  const outgoing = send({ ...to, headers: { host, ...headers } }, (incoming) => {
    let text = "";
    incoming.on("data", (piece: Buffer) => (text += piece.toString()));
    incoming.on("end", () => {
      const pairs = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
        values.map((value) => [name, value] as [string, string]),
      );
      resolve({ status: incoming.statusCode ?? 0, headers: new Headers(pairs), text });
    });
  });
  outgoing.on("error", reject);
  outgoing.end(body);
  return promise;
}

async function signIn(): Promise<string> {
  const json = JSON.stringify({ name: "ann", password: goodPassword, cookies: true });
  const headers = { "content-type": "application/json" };
  const answer = await ask("/api/v1/auth/login", { method: "POST", headers, body: json });
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
}

const content = () => `/api/v1/files/${fileId}/content?download=0`;
/** Where a browser of Ann's is sent. */
async function sentTo(path: string, headers: object = { cookie: cookies }): Promise<string> {
  const answer = await ask(path, { headers });
  expect([path, answer.status, answer.text]).toEqual([path, 302, ""]);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  return String(answer.headers.get("location"));
}

describe("the app's host", () => {
  it("sends a browser to an address of the content host that shows nothing of its own", async () => {
    const location = await sentTo(content());
    expect(location).toMatch(/^https:\/\/content\.example\/content\/[A-Za-z0-9_-]+$/);
    const sealed = Buffer.from(location.split("/").at(-1)!, "base64url").toString("latin1");
    for (const told of [fileId, ann.id, "session", "api/v1"]) expect(sealed).not.toContain(told);
    expect(await sentTo(content())).not.toBe(location);
  });

  it("answers programs, HEAD and what has no content itself", async () => {
    const authorization = `Bearer ${ann.accessToken}`;
    const whole = await ask(content(), { headers: { authorization } });
    expect([whole.status, whole.text]).toEqual([200, html]);
    const etag = String(whole.headers.get("etag"));
    const head = await ask(content(), { method: "HEAD", headers: { cookie: cookies } });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, String(html.length)]);
    const known = { cookie: cookies, "if-none-match": etag };
    expect((await ask(content(), { headers: known })).status).toBe(304);
  });

  it("refuses as ever who may not", async () => {
    expect((await ask(content())).status).toBe(401);
    const eve = await signUpInvited(server, { name: "eve" });
    const theirs = await ask(content(), {
      headers: { cookie: `__Host-sampan_access=${eve.accessToken}` },
    });
    expect(theirs.status).toBe(404);
  });
});

describe("the content host", () => {
  it("gives the content as the app would, to whoever has the address, and sets no cookie", async () => {
    const answer = await ask(await sentTo(content()));
    expect([answer.status, answer.text]).toEqual([200, html]);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-security-policy": expect.stringContaining("sandbox") as string,
      "content-disposition": expect.stringContaining("attachment") as string,
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "cross-origin",
      "access-control-allow-origin": appOrigin,
      "repr-digest": expect.stringContaining("sha-256") as string,
    });
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
  });

  it("gives ranges, and lets the app's pages ask for them", async () => {
    const location = await sentTo(content());
    const part = await ask(location, { headers: { range: "bytes=1-6" } });
    expect([part.status, part.text]).toEqual([206, "script"]);
    const asked = await ask(location, { method: "OPTIONS", headers: { origin: appOrigin } });
    expect([asked.status, asked.headers.get("access-control-allow-headers")]).toEqual([
      204,
      expect.stringContaining("range"),
    ]);
  });

  it("has nothing else, whoever asks with whatever", async () => {
    const authorization = `Bearer ${server.token}`;
    const sealed = new URL(await sentTo(content())).pathname;
    const damaged = sealed.slice(0, -3) + (sealed.endsWith("AAA") ? "BBB" : "AAA");
    const paths = [
      "/ /login /assets/x.js /api/v1/openapi.json /api/docs /api/v1/me /api/v1/auth/options",
      "/go-uploader/health /api/ping /metrics /content/ /content/x",
      `${content()} ${damaged} ${sealed}A /x${sealed} /content${sealed}`,
    ];
    for (const path of paths.join(" ").split(" "))
      for (const headers of [{}, { cookie: cookies }, { authorization }]) {
        const answer = await ask(contentOrigin + path, { headers });
        expect([path, answer.status]).toEqual([path, 404]);
        expect(answer.headers.getSetCookie()).toEqual([]);
      }
    for (const method of ["POST", "PUT", "PATCH", "DELETE"])
      expect((await ask(contentOrigin + sealed, { method })).status).toBe(404);
    // With the port that need not be said, it is the same host; the address is none of the app's.
    expect((await ask(sealed, { headers: { host: "CONTENT.example:443" } })).status).toBe(200);
    expect((await ask(sealed, { headers: { cookie: cookies } })).status).toBe(404);
  });

  it("goes by what is sealed, not by what else is shown", async () => {
    const location = await sentTo(content());
    const headers = { cookie: cookies, authorization: `Bearer ${server.token}` };
    expect((await ask(location, { headers })).status).toBe(200);
  });

  it("refuses what was taken away after the address was given", async () => {
    const session = await logIn(server, { name: "ann" });
    const cookie = `__Host-sampan_access=${session.accessToken}`;
    const location = await sentTo(content(), { cookie });
    await session.ask({ method: "POST", path: "/auth/logout" });
    expect((await ask(location)).status).toBe(401);
    const stored = await ann.ask({ method: "PUT", path: "/files/gone", body: "x" });
    const gone = `/files/${String(stored.json()["id"])}`;
    const late = await sentTo(`/api/v1${gone}/content`);
    await ann.ask({ method: "DELETE", path: `${gone}?permanent=1` });
    expect((await ask(late)).status).toBe(404);
  });
});

describe("content of other ways", () => {
  it("is sent there too: a ZIP, a ticket, and what other dialects read", async () => {
    const zip = await ask(await sentTo(`/api/v1/archive?ids=${fileId}`));
    expect([zip.status, zip.text.slice(0, 2)]).toEqual([200, "PK"]);
    const headers = { cookie: cookies, "content-type": "application/json" };
    const body = JSON.stringify({ fileId });
    const made = await ask("/api/web/downloads", { method: "POST", headers, body });
    const { url } = JSON.parse(made.text) as { url: string };
    expect((await ask(await sentTo(url, {}))).text).toBe(html);
    expect((await ask(await sentTo(`/uploads/${fileId}/a.html`))).text).toBe(html);
  });

  it("needs no token in the address, and comes by GET after a POST", async () => {
    const { digests } = (await ann.ask({ path: `/files/${fileId}` })).json() as {
      digests: { sha256: string };
    };
    const fields = { filehash: digests.sha256, username: "ann", token: ann.accessToken };
    const body = new URLSearchParams(fields).toString();
    const byGet = await sentTo(`/file/download?${body}`, {});
    expect((await ask(byGet)).text).toBe(html);
    const type = { "content-type": "application/x-www-form-urlencoded" };
    const byPost = await ask("/file/download", { method: "POST", headers: type, body });
    expect(byPost.status).toBe(303);
    expect((await ask(String(byPost.headers.get("location")))).text).toBe(html);
  });

  it("of a link is counted once, and asks for the link again", async () => {
    const json = { kind: "link", nodeId: fileId, password: "open sesame", maxDownloads: 1 };
    const made = await ann.ask({ method: "POST", path: "/shares", json });
    expect(made.status).toBe(201);
    const { id, token, url } = made.json() as { id: string; token?: string; url: string };
    const link = `/api/v1/s/${token ?? url.split("/").at(-1)!}`;
    const unlocked = await ask(`${link}/unlock`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ password: "open sesame" }),
    });
    const cookie = unlocked.headers.getSetCookie()[0]!.split(";")[0]!;
    const location = await sentTo(`${link}/content/${fileId}`, { cookie });
    const first = await ask(location);
    expect([first.status, first.text, first.headers.getSetCookie()]).toEqual([200, html, []]);
    expect((await ask(location, { headers: { range: "bytes=0-3" } })).status).toBe(206);
    expect((await ask(`${link}/content/${fileId}`, { headers: { cookie } })).status).toBe(410);
    await ann.ask({ method: "DELETE", path: `/shares/${id}` });
    expect((await ask(location)).status).toBe(404);
  });
});

describe("an address", () => {
  const key = new Uint8Array(32).fill(7);
  it("is sent back to the app when it comes late, to be let in again", async () => {
    let now = 1_000;
    const host = createContentHost({ contentOrigin, appOrigin, key, clock: { now: () => now } });
    const redirects: string[] = [];
    const reply = {
      headers: () => reply,
      header: () => reply,
      redirect: (to: string) => void redirects.push(to),
    };
    const raw = { url: "/x", method: "GET", headers: { host: "drive.example" } };
    expect(host.route(raw as never)).toBe("/x");
    const { contentAddress } = await import("../shared/content-host.ts");
    const asked = {
      request: { raw, headers: raw.headers, cookies: {} },
      reply: { getHeader() {} },
    };
    const address = new URL(contentAddress(asked as never, "/x?a=1&token=t&username=u")!);
    const come = (): boolean => {
      const headers = { host: "content.example" };
      const there = { url: address.pathname, method: "GET", headers };
      expect(host.route(there as never)).toBe("/x?a=1");
      return host.turnAway({ raw: there, method: "GET" } as never, reply as never);
    };
    expect(come()).toBe(false);
    now += 10 * 60_000;
    expect([come(), redirects]).toEqual([true, [`${appOrigin}/x?a=1`]]);
  });
});

describe("the setting", () => {
  const parse = (settings: object) => settingsSchema.safeParse(settings).success;
  it("needs a host that is not the app's, and its origin alone", () => {
    expect(parse({ publicUrl: appOrigin, contentHost: contentOrigin })).toBe(true);
    expect(parse({ contentHost: contentOrigin })).toBe(false);
    expect(parse({ publicUrl: appOrigin, contentHost: appOrigin })).toBe(false);
    expect(parse({ publicUrl: appOrigin, contentHost: `${appOrigin}:8443` })).toBe(false);
    expect(parse({ publicUrl: appOrigin, contentHost: `${contentOrigin}/files` })).toBe(false);
    expect(parse({ publicUrl: appOrigin, contentHost: "content.example" })).toBe(false);
  });
});
