/** Hostile inputs: reading a file's content. */
import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../../core/ids.ts";
import { contentOf } from "../../core/testing/sources.ts";
import { formatHead, startServer, type TestServer } from "../testing/server.ts";

const content = contentOf(1, 10_000);

describe("reading a file", () => {
  let server: TestServer;
  let path: string;
  let etag: string;
  beforeAll(async () => {
    server = await startServer();
    path = await put("report.bin", { body: content });
    etag = (await get(path)).headers.get("etag") ?? "";
  });
  afterEach(() => expect(server.log).toEqual([]));
  afterAll(() => server[Symbol.asyncDispose]());

  const put = async (
    name: string,
    { body, type }: { body: Uint8Array; type?: string },
  ): Promise<string> => {
    const answer = await server.ask({
      method: "PUT",
      path: `/files/${encodeURIComponent(name)}`,
      body,
      ...(type === undefined ? {} : { headers: { "content-type": type } }),
    });
    expect(answer.status).toBe(201);
    return `/files/${String(answer.json()["id"])}/content`;
  };
  const get = (from: string, headers: Record<string, string> = {}) =>
    server.ask({ path: from, headers });

  it("gives the whole file with its length, digest and validators", async () => {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    expect(answer.body.equals(content)).toBe(true);
    const digest = createHash("sha256").update(content).digest("base64");
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-length": "10000",
      "accept-ranges": "bytes",
      "repr-digest": `sha-256=:${digest}:`,
      etag: expect.stringMatching(/^"[^"]+"$/) as string,
      "last-modified": expect.stringMatching(/GMT$/) as string,
    });
  });

  it.each([
    ["bytes=5-2"],
    ["bytes=a-b"],
    ["bytes="],
    ["bytes=-"],
    ["lines=0-1"],
    [`bytes=${"0-,".repeat(999)}0-`],
    [`bytes=${Array.from({ length: 1_000 }, (_, i) => `${i * 2}-${i * 2}`).join()}`],
    [`bytes=${"0-9999,".repeat(16)}0-9999`],
  ])("gives the whole file for the range %s", async (range) => {
    const answer = await get(path, { range });
    expect(answer.status).toBe(200);
    expect(answer.body.equals(content)).toBe(true);
  });

  it.each([
    ["bytes=0-0", 0, 1],
    ["bytes=9999-", 9_999, 10_000],
    ["bytes=-1", 9_999, 10_000],
    ["bytes=9990-99999", 9_990, 10_000],
    ["bytes=0-5,3-9", 0, 10],
    ["bytes=0-4,5-9", 0, 10],
  ])("gives %s", async (range, start, end) => {
    const answer = await get(path, { range });
    expect(answer.status).toBe(206);
    expect(answer.headers.get("content-range")).toBe(`bytes ${start}-${end - 1}/10000`);
    expect(answer.body.equals(content.subarray(start, end))).toBe(true);
  });

  it.each(["bytes=10000-", "bytes=-0", "bytes=99999999-"])(
    "answers 416 with the size to %s",
    async (range) => {
      const answer = await get(path, { range });
      expect(answer.status).toBe(416);
      expect(answer.headers.get("content-range")).toBe("bytes */10000");
      expect(answer.headers.get("content-type")).toMatch("application/problem+json");
      expect(answer.headers.has("repr-digest")).toBe(false);
      expect(answer.json()).toMatchObject({ status: 416, code: "range-not-satisfiable" });
    },
  );

  it("gives several ranges as parts of one body of the length it says", async () => {
    const answer = await get(path, { range: "bytes=0-9,100-199,-5" });
    expect(answer.status).toBe(206);
    const boundary = /boundary=(.+)$/.exec(answer.headers.get("content-type") ?? "")?.[1];
    const parts = answer.body.toString("latin1").split(`--${boundary}`);
    expect(parts).toHaveLength(5);
    expect(parts[4]).toBe("--\r\n");
    const bodies = parts.slice(1, 4).map((part) => part.slice(part.indexOf("\r\n\r\n") + 4, -2));
    expect(bodies).toEqual(
      [content.subarray(0, 10), content.subarray(100, 200), content.subarray(-5)].map((bytes) =>
        bytes.toString("latin1"),
      ),
    );
    expect(parts[2]).toMatch("content-range: bytes 100-199/10000");
  });

  it("gives the whole file where If-Range is stale, the range where it is not", async () => {
    const range = "bytes=0-9";
    const modified = (await get(path)).headers.get("last-modified") ?? "";
    const stale = ['"other"', `W/${etag}`, "nonsense", new Date(0).toUTCString()];
    for (const ifRange of stale) {
      const answer = await get(path, { range, "if-range": ifRange });
      expect([ifRange, answer.status]).toEqual([ifRange, 200]);
      expect(answer.body.equals(content)).toBe(true);
    }
    for (const ifRange of [etag, modified])
      expect((await get(path, { range, "if-range": ifRange })).status).toBe(206);
  });

  it("answers 304 without a body to who has it, 412 to who wants another", async () => {
    const same = await get(path, { "if-none-match": etag });
    expect([same.status, same.body.length]).toEqual([304, 0]);
    expect(same.headers.get("etag")).toBe(etag);
    const other = await get(path, { "if-match": '"other"' });
    expect(other.status).toBe(412);
    expect(other.headers.get("content-type")).toMatch("application/problem+json");
  });

  it("answers HEAD as GET, without the bytes, on a connection that goes on", async () => {
    await using connection = await server.open();
    const received: Buffer[] = [];
    connection.socket.on("data", (bytes: Buffer) => void received.push(bytes));
    const head = { method: "HEAD", path, headers: { "content-length": "" } };
    await connection.write(formatHead(head, server.token));
    const last = { path: "/server", headers: { connection: "close" } };
    await connection.write(formatHead(last, server.token));
    await connection.closed;
    const [first, second, ...others] = Buffer.concat(received)
      .toString("latin1")
      .split(/(?=HTTP\/1\.1 )/);
    expect(first).toMatch(/^HTTP\/1\.1 200 /);
    expect(first).toMatch(/\r\ncontent-length: 10000\r\n/i);
    expect(first).toMatch(/\r\n\r\n$/);
    expect(second).toMatch(/"maxFileBytes"/);
    expect(others).toEqual([]);
  });

  it.each([
    ["text/html", "page.html"],
    ["image/svg+xml", "image.svg"],
    ["application/xml", "data.xml"],
    ["application/xhtml+xml", "page.xhtml"],
    ["text/javascript", "script.js"],
    ["application/octet-stream", "unknown.zzz"],
    ["TEXT/HTML; charset=utf-8", "loud.htm"],
    ["text/plain-and-html", "trick.txt.zzz"],
  ])("gives %s as an attachment only, sandboxed and not sniffed", async (type, name) => {
    const uploaded = await put(name, { body: Buffer.from("<script>alert(1)</script>"), type });
    for (const query of ["", "?download=0", "?download=1"]) {
      const answer = await get(`${uploaded}${query}`);
      const disposition = answer.headers.get("content-disposition");
      expect([type, query, disposition]).toEqual([
        type,
        query,
        expect.stringMatching(/^attachment/),
      ]);
      expect(answer.headers.get("content-security-policy")).toMatch(/sandbox/);
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    }
  });

  it("gives a picture inline where that is asked for, still sandboxed", async () => {
    const uploaded = await put("picture.png", { body: content, type: "image/png" });
    const answer = await get(`${uploaded}?download=0`);
    expect(answer.headers.get("content-disposition")).toMatch(/^inline/);
    expect(answer.headers.get("content-security-policy")).toMatch(/sandbox/);
    expect((await get(uploaded)).headers.get("content-disposition")).toMatch(/^attachment/);
    expect((await get(`${uploaded}?download=2`)).status).toBe(400);
  });

  it.each([
    ['quo"te.txt', /filename="quo\\"te\.txt"/],
    ["semi;colon=x.txt", /filename="semi;colon=x\.txt"/],
    ["名字 文件.txt", /filename\*=UTF-8''%E5%90%8D%E5%AD%97%20%E6%96%87%E4%BB%B6\.txt/],
    ["per%41cent.txt", /filename\*=UTF-8''per%2541cent\.txt|filename="per%41cent\.txt"/],
    ["naïve €.txt", /filename\*=UTF-8''na%C3%AFve%20%E2%82%AC\.txt/],
  ])("names %j as RFC 6266 says, on one line", async (name, expected) => {
    const uploaded = await put(name, { body: Buffer.from("x") });
    const answer = await get(uploaded);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-disposition")).toMatch(expected);
    expect(answer.headers.has("set-cookie")).toBe(false);
  });

  it("answers 404 to a file that is not there, whatever its id", async () => {
    for (const id of [newId(), "0", "%2e%2e", "..%2f..%2fetc%2fpasswd", "a".repeat(90)]) {
      for (const [method, suffix] of [
        ["GET", ""],
        ["DELETE", ""],
        ["GET", "/content"],
      ] as const) {
        const answer = await server.ask({ method, path: `/files/${id}${suffix}` });
        expect([id, answer.status]).toEqual([id, 404]);
        expect(answer.headers.get("content-type")).toMatch("application/problem+json");
      }
    }
  });

  it("outlives readers who go away in the middle", async () => {
    const large = await put("large.bin", { body: contentOf(2, 30 * 1024 * 1024) });
    for (const range of ["", "bytes=0-9999999,20000000-29999999"]) {
      const readers = await Promise.all(Array.from({ length: 10 }, () => server.open()));
      for (const reader of readers) {
        const headers: Record<string, string> = range === "" ? {} : { range };
        await reader.write(formatHead({ path: large, headers }, server.token));
      }
      await Promise.all(
        readers.map(async (reader) => {
          await new Promise((resolve) => reader.socket.once("data", resolve));
          reader.socket.resetAndDestroy();
        }),
      );
    }
    expect((await get(path)).body.equals(content)).toBe(true);
  });

  it("gives an empty file", async () => {
    const empty = await put("empty.bin", { body: new Uint8Array(0) });
    const answer = await get(empty);
    expect([answer.status, answer.body.length]).toEqual([200, 0]);
    expect((await get(empty, { range: "bytes=0-" })).status).toBe(416);
  });
});
