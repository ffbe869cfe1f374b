/**
 * Another's things: every operation of the OpenAPI document that names one, asked by another user with an id that exists and with one that
 * does not, by the visitor of a link, and by nobody. An operation that has no row here fails the test.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../../core/ids.ts";
import { goodPassword, signUpInvited, type Person } from "../testing/people.ts";
import type { RawAnswer } from "../testing/raw.ts";
import { startServer, type Ask, type TestServer } from "../testing/server.ts";

let server: TestServer;
let other: Person;
let guest: Person;
let operations: string[];
/** Of the owner's, by what a path names. */
const own: Record<string, string> = {};
let live: string;

const made = async (ask: Ask): Promise<string> => {
  const answer = await server.ask(ask);
  if (answer.status > 299) throw new Error(`${ask.path}: ${answer.status} ${answer.text}`);
  const body = answer.json() as { id?: string; invitation?: { id: string }; challenge?: never };
  return body.id ?? body.invitation!.id;
};

/** The token of a new link to the file. */
const linkOf = async (limits: object): Promise<string> => {
  const json = { kind: "link", nodeId: own["file"], ...limits };
  const answer = await server.ask({ method: "POST", path: "/shares", json });
  return String(answer.json()["url"]).split("/s/")[1]!;
};

/** The owner's session: they have a token from the start, and no password. */
const setUpOwner = async (): Promise<{ accessToken: string }> => {
  const token = server.setUpPath!.split("#")[1];
  const json = { token, name: "olga", password: goodPassword };
  const answer = await server.ask({ method: "POST", path: "/auth/setup", json, token: null });
  return answer.json() as { accessToken: string };
};

/** A job of the owner's: what has more than a thousand nodes is copied by one. */
const copyMany = async (): Promise<string> => {
  const folder = (path: string, parentId = "root") =>
    made({ method: "POST", path: "/folders", json: { path, parentId } });
  const copy = async (id: string, parentId: string) => {
    const json = { parentId, onConflict: "keep-both" };
    return await server.ask({ method: "POST", path: `/nodes/${id}/copy`, json });
  };
  const all = await folder("all");
  const some = await folder("some", all);
  for (let i = 0; i < 40; i++) await folder(`f${i}`, some);
  for (let i = 0; i < 30; i++) expect((await copy(some, all)).status).toBe(200);
  const answer = await copy(all, "root");
  expect(answer.status).toBe(202);
  return (answer.json() as { job: { id: string } }).job.id;
};

/** As a provider would have proved it; `oauth.test.ts` does it with real ones. */
const linkIdentity = async (): Promise<string> => {
  const { id: ownerId } = (await server.ask({ path: "/me" })).json() as { id: string };
  const id = newId();
  using database = new DatabaseSync(join(server.folder, "sampan.db"));
  database
    .prepare(
      "insert into user_auth (id, provider, provider_id, user_id, created_at) values (?, 'github', '1', ?, 0)",
    )
    .run(id, ownerId);
  const { items } = (await server.ask({ path: "/me/identities" })).json() as { items: object[] };
  expect(items).toMatchObject([{ id }]);
  return id;
};

beforeAll(async () => {
  server = await startServer();
  other = await signUpInvited(server, { name: "other" });
  guest = await signUpInvited(server, { name: "guest", role: "guest" });
  own["file"] = await made({ method: "PUT", path: "/files/own.txt", body: "mine" });
  own["node"] = own["file"];
  const uploading = { name: "big", size: 10_000 };
  own["upload"] = await made({ method: "POST", path: "/uploads", json: uploading });
  own["archive"] = await made({ method: "POST", path: "/archive", json: { ids: [own["file"]] } });
  const fetched = { url: "http://nothing.invalid/x" };
  own["fetch"] = await made({ method: "POST", path: "/fetches", json: fetched });
  const link = { kind: "link", nodeId: own["file"] };
  own["share"] = await made({ method: "POST", path: "/shares", json: link });
  own["token"] = await made({
    method: "POST",
    path: "/me/tokens",
    json: { name: "t", scopes: ["files:read"] },
  });
  own["job"] = await copyMany();
  const { accessToken } = await setUpOwner();
  const sessions = await server.ask({ path: "/me/sessions", token: accessToken });
  own["session"] = (sessions.json()["items"] as { id: string }[])[0]!.id;
  own["identity"] = await linkIdentity();
  live = await linkOf({});
  const document = (await server.ask({ path: "/openapi.json" })).json() as {
    paths: Record<string, Record<string, unknown>>;
  };
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    path.startsWith("/api/v1/")
      ? Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.slice(7)}`)
      : [],
  );
});
afterAll(() => server[Symbol.asyncDispose]());

/**
 * What `{id}` stands for in each operation. `other`'s answer for the owner's must be that for nothing. `none`: names nothing of anybody's
 * (lists, one's own account, administration, which `authorisation.test.ts` covers by role).
 */
const bodies: Record<string, object> = {
  name: { name: "x" },
  copy: { parentId: "root" },
  challenge: { sha256: "0".repeat(64) },
  proof: { nonce: "0".repeat(64), proof: "0".repeat(64) },
};
const named: Record<string, { thing: string; body?: object }> = {
  "GET /uploads/{id}": { thing: "upload" },
  "PUT /uploads/{id}/parts/{number}": { thing: "upload" },
  "PATCH /uploads/{id}": { thing: "upload" },
  "DELETE /uploads/{id}": { thing: "upload" },
  "POST /uploads/{id}/complete": { thing: "upload" },
  "DELETE /uploads/{id}/parts": { thing: "upload" },
  "POST /uploads/{id}/pause": { thing: "upload" },
  "POST /uploads/{id}/resume": { thing: "upload" },
  "POST /uploads/{id}/challenge": { thing: "upload", body: bodies["challenge"]! },
  "POST /uploads/{id}/proof": { thing: "upload", body: bodies["proof"]! },
  "GET /files/{id}": { thing: "file" },
  "DELETE /files/{id}": { thing: "file" },
  "GET /files/{id}/content": { thing: "file" },
  "GET /files/{id}/thumbnail": { thing: "file" },
  "GET /files/{id}/excerpt": { thing: "file" },
  "GET /archive/{id}": { thing: "archive" },
  "GET /nodes/{id}": { thing: "node" },
  "PATCH /nodes/{id}": { thing: "node", body: bodies["name"]! },
  "DELETE /nodes/{id}": { thing: "node" },
  "GET /nodes/{id}/children": { thing: "node" },
  "POST /nodes/{id}/copy": { thing: "node", body: bodies["copy"]! },
  "GET /nodes/{id}/versions": { thing: "node" },
  "GET /nodes/{id}/versions/{number}/content": { thing: "node" },
  "POST /nodes/{id}/versions/{number}/restore": { thing: "node" },
  "DELETE /nodes/{id}/versions/{number}": { thing: "node" },
  "GET /jobs/{id}": { thing: "job" },
  "POST /jobs/{id}/cancel": { thing: "job" },
  "GET /fetches/{id}": { thing: "fetch" },
  "POST /fetches/{id}/cancel": { thing: "fetch" },
  "POST /fetches/{id}/retry": { thing: "fetch" },
  "DELETE /fetches/{id}": { thing: "fetch" },
  "GET /shares/{id}": { thing: "share" },
  "PATCH /shares/{id}": { thing: "share", body: {} },
  "DELETE /shares/{id}": { thing: "share" },
  "GET /shares/{id}/log": { thing: "share" },
  "GET /shares/{id}/qr.svg": { thing: "share" },
  "GET /shares/{id}/qr.txt": { thing: "share" },
  "DELETE /shared-with-me/{id}": { thing: "share" },
  "DELETE /me/tokens/{id}": { thing: "token" },
  "DELETE /me/sessions/{id}": { thing: "session" },
  "DELETE /me/identities/{id}": { thing: "identity" },
};

/** Operations whose body names nodes. */
const listed: Record<string, (id: string) => object> = {
  "POST /nodes/move": (id) => ({ ids: [id], parentId: "root" }),
  "POST /nodes/copy": (id) => ({ ids: [id], parentId: "root" }),
  "POST /nodes/trash": (id) => ({ ids: [id] }),
  "POST /nodes/delete": (id) => ({ ids: [id] }),
  "POST /nodes/star": (id) => ({ ids: [id], starred: true }),
  "POST /trash/restore": (id) => ({ ids: [id] }),
  "POST /archive": (id) => ({ ids: [id] }),
  "POST /folders": (id) => ({ path: "x", parentId: id }),
  "POST /uploads": (id) => ({ name: "x", parentId: id }),
  "POST /shares": (id) => ({ kind: "link", nodeId: id }),
};

/** Operations that answer of each id that they are told, with 200 for all together. */
const batched: Record<string, readonly ((id: string) => object)[]> = {
  "POST /uploads/batch": (["pause", "resume", "abort"] as const).map((action) => (id: string) => ({
    action,
    ids: [id],
  })),
};

/** What a visitor of a link to one file, without password, may: and what the same asks of an expired one. */
const visited: Record<string, { path: (id: string) => string; status: number; body?: object }> = {
  "GET /s/{token}": { path: () => "", status: 200 },
  "POST /s/{token}/unlock": { path: () => "/unlock", status: 200, body: { password: "none" } },
  "GET /s/{token}/children": { path: () => "/children", status: 409 },
  "GET /s/{token}/thumbnail/{id}": { path: (id) => `/thumbnail/${id}`, status: 404 },
  "GET /s/{token}/excerpt/{id}": { path: (id) => `/excerpt/${id}`, status: 200 },
  "GET /s/{token}/content/{id}": { path: (id) => `/content/${id}`, status: 200 },
  "GET /s/{token}/zip": { path: () => "/zip", status: 200 },
  "POST /s/{token}/save": { path: () => "/save", status: 401, body: {} },
  "PUT /s/{token}/files/{name}": { path: () => "/files/x", status: 404 },
  "POST /s/{token}/uploads": { path: () => "/uploads", status: 404, body: { name: "x", size: 1 } },
  "GET /s/{token}/uploads/{id}": { path: (id) => `/uploads/${id}`, status: 404 },
  "DELETE /s/{token}/uploads/{id}": { path: (id) => `/uploads/${id}`, status: 404 },
  "POST /s/{token}/uploads/{id}/complete": {
    path: (id) => `/uploads/${id}/complete`,
    status: 404,
  },
  "PUT /s/{token}/uploads/{id}/parts/{number}": {
    path: (id) => `/uploads/${id}/parts/0`,
    status: 404,
  },
};

/** These name nothing that could be another's: one's own lists and account, or what needs a role (see `authorisation.test.ts`). */
const unnamed =
  /^(GET \/(health|server|events|audit|uploads|files|archive|nodes|recent|starred|tags|tagged|search|trash|jobs|fetches|shares|shared-with-me|me|me\/\w+)|POST \/(fetches|files\/batch|uploads\/cleanup|checks)|PUT \/(files\/\{name\}|me\/password)|DELETE \/(trash|me\/sessions)|POST \/me\/.*|\w+ \/auth\/.*|\w+ \/admin\/.*|GET \/checks\/\{id\})$/;

const answerOf = ({ status, text }: RawAnswer, id: string) =>
  `${status} ${text.replaceAll(id, "?")}`;

describe("every operation of the document", () => {
  it("has a row", () => {
    expect(operations.length).toBeGreaterThan(80);
    const rows = new Set([named, listed, visited, batched].flatMap((table) => Object.keys(table)));
    expect(operations.filter((one) => !rows.has(one) && !unnamed.test(one))).toEqual([]);
    expect([...rows].filter((one) => !operations.includes(one))).toEqual([]);
  });

  it("answers another user with a foreign id exactly as with an id of nothing", async () => {
    for (const [operation, { thing, body }] of Object.entries(named)) {
      const [method = "", template = ""] = operation.split(" ");
      const answers = [];
      for (const id of [own[thing]!, newId()]) {
        const path = template.replace("{id}", id).replace("{number}", "1");
        const headers = /^P(UT|ATCH) \/uploads/.test(operation) ? { "upload-offset": "0" } : {};
        const json = body === undefined ? {} : { json: body };
        answers.push(answerOf(await other.ask({ method, path, headers, ...json }), id));
      }
      expect(answers[0], operation).toMatch(/^404 /);
      expect(answers[0], operation).toBe(answers[1]);
    }
    for (const [operation, body] of Object.entries(listed)) {
      const [method = "", path = ""] = operation.split(" ");
      const answers = [];
      for (const id of [own["node"]!, newId()])
        answers.push(answerOf(await other.ask({ method, path, json: body(id) }), id));
      expect(answers[0], operation).toMatch(/^404 /);
      expect(answers[0], operation).toBe(answers[1]);
    }
  });

  it("leaves to their owner what another user has tried", async () => {
    const answers = await Promise.all([
      ...["upload", "file", "node", "job", "share"].map((thing) =>
        server.ask({ path: `/${thing}s/${own[thing]}` }),
      ),
      server.ask({ path: `/fetches/${own["fetch"]}` }),
      server.ask({ path: `/archive/${own["archive"]}` }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(Array(7).fill(200));
    expect(answers[0]?.json()).toMatchObject({ state: "receiving", offset: 0 });
    expect(answers[3]!.json()["state"]).not.toBe("cancelled");
    expect(answers[5]!.json()["state"]).not.toBe("cancelled");
    const kept = async (path: string) => {
      const { items } = (await server.ask({ path })).json() as { items: { id: string }[] };
      return items.map(({ id }) => id);
    };
    expect(await kept("/me/tokens")).toContain(own["token"]);
    expect(await kept("/me/sessions")).toContain(own["session"]);
    expect(await kept("/me/identities")).toContain(own["identity"]);
  });

  it("of many ids answers of a foreign one exactly as of an id of nothing", async () => {
    for (const [operation, bodies] of Object.entries(batched))
      for (const body of bodies) {
        const [method = "", path = ""] = operation.split(" ");
        const answers = [];
        for (const id of [own["upload"]!, newId()])
          answers.push(answerOf(await other.ask({ method, path, json: body(id) }), id));
        expect(answers[0], operation).toMatch(/^200 .*"status":404/);
        expect(answers[0], operation).toBe(answers[1]);
      }
    const { state } = (await server.ask({ path: `/uploads/${own["upload"]}` })).json();
    expect(state).toBe("receiving");
  });

  it("is closed to the token of a link, as it is to nobody", async () => {
    for (const operation of [named, listed, batched].flatMap((table) => Object.keys(table))) {
      const [method = "", template = ""] = operation.split(" ");
      const path = template
        .replace("{id}", own[named[operation]?.thing ?? "node"]!)
        .replace("{number}", "1");
      for (const token of [null, live, `share_${live}`])
        expect((await server.ask({ method, path, token })).status, operation).toBe(401);
    }
  });

  it("of a link gives its visitor what the link allows, and an expired one nothing", async () => {
    for (const [operation, { path, status, body }] of Object.entries(visited)) {
      const [method = ""] = operation.split(" ");
      const json = body === undefined ? {} : { json: body };
      const ask = (token: string, as: string | null) =>
        server.ask({ method, path: `/s/${token}${path(own["file"]!)}`, token: as, ...json });
      const answer = await ask(live, null);
      const isMade = answer.status === 202 ? 200 : answer.status;
      expect(isMade, `${operation} ${answer.text}`).toBe(status);
      // Whoever is signed in is a visitor like any other. A link each: asking a dead one again and again is 429.
      const expired = await linkOf({ expiresAt: new Date(0).toISOString() });
      for (const as of [null, other.accessToken, guest.accessToken, server.token]) {
        const late = await ask(expired, as);
        const isUnknown = operation.endsWith("/save") && (as === null || as === guest.accessToken);
        expect(late.status, operation).toBe(isUnknown ? (as === null ? 401 : 403) : 404);
      }
    }
  }, 60_000);
});
