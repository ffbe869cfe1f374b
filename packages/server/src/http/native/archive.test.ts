/** `/archive` over a whole server: lengths, ranges, conditions, and what hostile clients make of it. */
import { hash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { readZip } from "../../core/archive/testing/read-zip.ts";
import { newId } from "../../core/ids.ts";
import { contentOf } from "../../core/testing/sources.ts";
import { formatHead, startServer, type TestServer } from "../testing/server.ts";

const MiB = 1024 * 1024;
const contents = new Map([
  ["a small one.txt", contentOf(1, 5_000)],
  ["empty", Buffer.alloc(0)],
  ["large.bin", contentOf(2, 5 * MiB + 3)],
  ["名字.txt", contentOf(3, 70_000)],
]);

const digestOf = (bytes: Uint8Array): string => hash("sha256", bytes);
const digests = (names: Iterable<string>) =>
  new Map([...names].map((name) => [name, digestOf(contents.get(name)!)]));

describe("an archive of files", () => {
  let server: TestServer;
  const ids = new Map<string, string>();
  beforeAll(async () => {
    server = await startServer();
    for (const [name, body] of contents) ids.set(name, await put(name, body));
  });
  afterEach(() => expect(server.log).toEqual([]));
  afterAll(() => server[Symbol.asyncDispose]());

  const put = async (name: string, body: Uint8Array): Promise<string> => {
    const path = `/files/${encodeURIComponent(name)}`;
    const answer = await server.ask({ method: "PUT", path, body });
    expect(answer.status).toBe(201);
    return String(answer.json()["id"]);
  };
  const get = (path: string, headers: Record<string, string> = {}) => server.ask({ path, headers });
  const filesIn = (zip: Buffer) =>
    new Map(readZip(zip).map(({ path, data }) => [path, digestOf(data)]));

  it("has its length, a strong ETag and a name beforehand, and all files in it", async () => {
    const answer = await get("/archive");
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "application/zip",
      "content-length": String(answer.body.length),
      "accept-ranges": "bytes",
      "content-disposition": "attachment; filename=Sampan.zip",
      "content-security-policy": expect.stringMatching(/sandbox/) as string,
      "x-content-type-options": "nosniff",
      etag: expect.stringMatching(/^"zip-[0-9a-f]{40}"$/) as string,
    });
    expect(answer.headers.has("last-modified")).toBe(false);
    expect(filesIn(answer.body)).toEqual(digests(contents.keys()));
    expect((await get("/archive")).body.equals(answer.body)).toBe(true);
  });

  it("goes on where it was cut, as long as nothing has changed", async () => {
    const whole = await get("/archive");
    const etag = whole.headers.get("etag")!;
    const { length } = whole.body;
    for (const cut of [1, 40, 5_200, MiB, 5 * MiB, length - 300, length - 1]) {
      const rest = await get("/archive", { range: `bytes=${cut}-`, "if-range": etag });
      expect([cut, rest.status]).toEqual([cut, 206]);
      expect(rest.headers.get("content-range")).toBe(`bytes ${cut}-${length - 1}/${length}`);
      expect(rest.body.equals(whole.body.subarray(cut))).toBe(true);
    }
    const added = await put("zz added meanwhile", contentOf(9, 10));
    const anew = await get("/archive", { range: "bytes=100-", "if-range": etag });
    expect(anew.status).toBe(200);
    expect(anew.headers.get("etag")).not.toBe(etag);
    expect(filesIn(anew.body).size).toBe(contents.size + 1);
    expect((await server.ask({ method: "DELETE", path: `/files/${added}` })).status).toBe(204);
    const again = await get("/archive", { range: "bytes=100-", "if-range": etag });
    expect(again.status).toBe(206);
  });

  it("is put together from parallel ranges", async () => {
    const whole = (await get("/archive")).body;
    const step = Math.ceil(whole.length / 7);
    const answers = await Promise.all(
      Array.from({ length: 7 }, (_, i) =>
        get("/archive", { range: `bytes=${i * step}-${(i + 1) * step - 1}` }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 7 }, () => 206));
    expect(Buffer.concat(answers.map(({ body }) => body)).equals(whole)).toBe(true);
  });

  it("gives several ranges as parts of one body", async () => {
    const whole = (await get("/archive")).body;
    const answer = await get("/archive", { range: "bytes=0-3,-22" });
    expect(answer.status).toBe(206);
    expect(answer.headers.get("content-type")).toMatch(/^multipart\/byteranges; boundary=/);
    expect(answer.body.includes(whole.subarray(-22))).toBe(true);
    expect(answer.body.toString("latin1")).toMatch("content-type: application/zip");
  });

  it.each([
    ["bytes=5-2", 200],
    ["bytes=99999999-", 416],
    [`bytes=${"0-,".repeat(999)}0-`, 200],
    ["bytes=a-b", 200],
  ])("answers the range %s with %i", async (range, status) => {
    const answer = await get("/archive", { range });
    expect(answer.status).toBe(status);
    if (status === 416) expect(answer.headers.get("content-range")).toMatch(/^bytes \*\/\d+$/);
  });

  it("gives the whole where If-Range is stale, weak or a date", async () => {
    const etag = (await get("/archive")).headers.get("etag")!;
    for (const ifRange of ['"zip-0"', `W/${etag}`, new Date().toUTCString(), "nonsense"]) {
      const answer = await get("/archive", { range: "bytes=0-0", "if-range": ifRange });
      expect([ifRange, answer.status]).toEqual([ifRange, 200]);
    }
  });

  it("answers 304 to who has it, whatever date they give, and 412 to who wants another", async () => {
    const etag = (await get("/archive")).headers.get("etag")!;
    expect((await get("/archive", { "if-none-match": etag })).status).toBe(304);
    const later = new Date(Date.now() + 1e9).toUTCString();
    expect((await get("/archive", { "if-modified-since": later })).status).toBe(200);
    expect((await get("/archive", { "if-match": '"zip-0"' })).status).toBe(412);
  });

  it("answers HEAD with length and ETag, without a byte", async () => {
    const whole = await get("/archive");
    await using connection = await server.open();
    const headers = { "content-length": "", connection: "close" };
    let text = "";
    connection.socket.on("data", (bytes: Buffer) => (text += bytes.toString("latin1")));
    await connection.write(formatHead({ method: "HEAD", path: "/archive", headers }, server.token));
    await connection.closed;
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).toMatch(`content-length: ${whole.body.length}\r\n`);
    expect(text).toMatch(`etag: ${whole.headers.get("etag")}\r\n`);
    expect(text).toMatch(/\r\n\r\n$/);
  });

  it("holds what is chosen, by address or as a kept selection, in any order of the ids", async () => {
    const chosen = ["名字.txt", "empty"];
    const some = chosen.map((name) => ids.get(name)!);
    const one = await get(`/archive?ids=${some.join()}&name=chosen`);
    expect(filesIn(one.body)).toEqual(digests(chosen));
    expect(one.headers.get("content-disposition")).toMatch("filename=chosen.zip");
    const other = await get(`/archive?ids=${some.toReversed().join()}`);
    expect(other.headers.get("etag")).toBe(one.headers.get("etag"));

    const json = { ids: some, name: "选择" };
    const kept = await server.ask({ method: "POST", path: "/archive", json });
    expect(kept.status).toBe(201);
    expect(kept.json()).toMatchObject({ name: "选择.zip", entries: 2, size: one.body.length });
    const path = String(kept.json()["url"]).replace("/api/v1", "");
    expect(kept.headers.get("location")).toBe(`/api/v1${path}`);
    const third = await get(path);
    expect(third.body.equals(one.body)).toBe(true);
    expect(third.headers.get("content-disposition")).toMatch(
      "filename*=UTF-8''%E9%80%89%E6%8B%A9.zip",
    );
    expect((await get(path, { range: "bytes=10-19" })).body.equals(one.body.subarray(10, 20))).toBe(
      true,
    );
  });

  it("is downloaded by a browser without a token, by a ticket for the kept selection", async () => {
    const kept = await server.ask({ method: "POST", path: "/archive", json: {} });
    const body = JSON.stringify({ archiveId: kept.json()["id"] });
    const headers = { "content-type": "application/json" };
    const base = `http://127.0.0.1:${server.port}/api/web/downloads`;
    const authorization = `Bearer ${server.token}`;
    const asked = await fetch(base, {
      method: "POST",
      body,
      headers: { ...headers, authorization },
    });
    const { url } = (await asked.json()) as { url: string };
    const answer = await fetch(new URL(url, base), { headers: { range: "bytes=10-19" } });
    expect(answer.status).toBe(206);
    expect(answer.headers.get("content-disposition")).toBe("attachment; filename=Sampan.zip");
    const whole = (await get("/archive")).body;
    expect(Buffer.from(await answer.arrayBuffer()).equals(whole.subarray(10, 20))).toBe(true);
    for (const wrong of [{ archiveId: newId() }, { fileId: kept.json()["id"] }]) {
      const init = { method: "POST", body: JSON.stringify(wrong) };
      const refused = await fetch(base, { ...init, headers: { ...headers, authorization } });
      expect(refused.status).toBe(404);
    }
    expect((await fetch(base, { method: "POST", body, headers })).status).toBe(401);
  });

  it("gives each of two names once", async () => {
    const path = `/archive?ids=${ids.get("empty")},${ids.get("empty")}`;
    expect([...filesIn((await get(path)).body).keys()]).toEqual(["empty"]);
  });

  it.each([
    ["a file that is not there", `/archive?ids=${newId()}`, 404],
    ["no id", "/archive?ids=..%2f..%2fetc", 404],
    ["one id that is not there", () => `/archive?ids=${ids.get("empty")},${newId()}`, 404],
    ["nothing chosen", "/archive?ids=", 400],
    ["an unknown field", "/archive?folder=1", 400],
    ["a selection that is not there", `/archive/${newId()}`, 404],
    ["a name with a line end", "/archive?name=a%0d%0aset-cookie:%20b", 400],
    ["a name that is a path", "/archive?name=..%2fa", 400],
  ])("refuses %s", async (_what, path, status) => {
    const answer = await get(typeof path === "string" ? path : path());
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toMatch("application/problem+json");
    expect(answer.headers.has("set-cookie")).toBe(false);
  });

  it("is nobody's without a token", async () => {
    for (const [method, path] of [
      ["GET", "/archive"],
      ["POST", "/archive"],
      ["GET", `/archive/${newId()}`],
    ] as const)
      expect((await server.ask({ method, path, token: null })).status).toBe(401);
  });

  it("outlives readers who go away in the middle, and holds nothing for them", async () => {
    const before = (await get("/archive")).body;
    for (const range of ["", "bytes=2000000-", "bytes=0-99,1000000-3999999"]) {
      const readers = await Promise.all(Array.from({ length: 10 }, () => server.open()));
      for (const reader of readers) {
        const headers: Record<string, string> = range === "" ? {} : { range };
        await reader.write(formatHead({ path: "/archive", headers }, server.token));
      }
      await Promise.all(
        readers.map(async (reader) => {
          await new Promise((resolve) => reader.socket.once("data", resolve));
          reader.socket.resetAndDestroy();
        }),
      );
    }
    await sleep(50);
    expect((await get("/archive")).body.equals(before)).toBe(true);
  });
});
