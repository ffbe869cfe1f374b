/** Hostile inputs: HTTP itself. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { exchange } from "../testing/raw.ts";
import { startServer, type TestServer } from "../testing/server.ts";

describe("HTTP", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterEach(async () => {
    expect(server.log).toEqual([]);
    const { items } = (await server.ask({ path: "/files" })).json() as { items: { id: string }[] };
    for (const { id } of items) await server.ask({ method: "DELETE", path: `/files/${id}` });
    expect(items).toEqual([]);
    // A body that was refused in the middle is given up after its sender has heard of it.
    await expect.poll(openUploads).toEqual([]);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const openUploads = async () => (await server.ask({ path: "/uploads" })).json()["items"];
  const send = (lines: readonly string[], body = "") =>
    exchange(server.port, `${lines.join("\r\n")}\r\n\r\n${body}`);
  const put = "PUT /api/v1/files/smuggled HTTP/1.1";
  /** What a file of the system or an answer of the server would show. */
  const leak = /root:|"dependencies"|"status"\s*:\s*"ok"/;
  const create = "POST /api/v1/uploads HTTP/1.1";
  const authorization = () => `authorization: Bearer ${server.token}`;

  it("answers 400 to a request with both Content-Length and Transfer-Encoding", async () => {
    const smuggled = "0\r\n\r\nDELETE /api/v1/files/x HTTP/1.1\r\nhost: a\r\n\r\n";
    for (const lengths of [
      ["content-length: 5", "transfer-encoding: chunked"],
      ["transfer-encoding: chunked", "content-length: 5"],
      ["content-length: 5", "transfer-encoding: identity"],
      ["content-length: 5", "transfer-encoding: xchunked"],
    ]) {
      const answer = await send([put, "host: a", authorization(), ...lengths], smuggled);
      expect([lengths, answer?.status]).toEqual([lengths, 400]);
    }
  });

  it("answers 400 to a transfer coding other than chunked, or chunked that is not last", async () => {
    for (const coding of ["gzip", "chunked, gzip", "chunked, identity", " chunked\t, x"]) {
      const answer = await send(
        [put, "host: a", authorization(), `transfer-encoding: ${coding}`],
        "0\r\n\r\n",
      );
      expect([coding, answer?.status]).toEqual([coding, expect.toBeOneOf([400, 415, 501])]);
    }
  });

  it.each([
    ["two that differ", ["content-length: 1", "content-length: 2"]],
    ["two that agree", ["content-length: 1", "content-length: 1"]],
    ["a list", ["content-length: 1, 1"]],
    ["a sign", ["content-length: +1"]],
    ["a negative one", ["content-length: -1"]],
    ["a fraction", ["content-length: 1.5"]],
    ["hexadecimal", ["content-length: 0x1"]],
    ["nothing", ["content-length: "]],
    ["more than 64 bits", ["content-length: 99999999999999999999999"]],
  ])("answers 400 to a Content-Length: %s", async (_why, lengths) => {
    const answer = await send([put, "host: a", authorization(), ...lengths], "x");
    expect(answer?.status).toBe(400);
  });

  it("answers 413 to a Content-Length of all that 64 bits can say", async () => {
    for (const length of ["18446744073709551615", "9007199254740993"]) {
      const lines = [put, "host: a", authorization(), `content-length: ${length}`];
      expect((await send(lines, "x"))?.status).toBe(413);
    }
  });

  it.each([
    ["two Host headers", ["host: a", "host: b"]],
    ["the same Host twice", ["host: a", "Host: a"]],
    ["no Host", []],
  ])("answers 400 to %s", async (_why, hosts) => {
    const lines = [put, ...hosts, authorization(), "content-length: 1"];
    expect((await send(lines, "x"))?.status).toBe(400);
  });

  it.each([
    ["Authorization", ["authorization: Bearer x"]],
    ["Authorization, the good one last", ["authorization: Bearer x", "AUTHORIZATION: Bearer y"]],
    ["Content-Type", ["content-type: text/plain", "content-type: application/json"]],
    ["Content-Encoding", ["content-encoding: identity", "content-encoding: identity"]],
    ["Expect", ["expect: 100-continue", "expect: 100-continue"]],
    ["Origin", ["origin: http://a", "origin: https://evil.test"]],
    ["Sec-Fetch-Site", ["sec-fetch-site: same-origin", "sec-fetch-site: cross-site"]],
    ["X-HTTP-Method-Override", ["x-http-method-override: GET", "x-http-method-override: PUT"]],
  ])("answers 400 to two headers: %s", async (_why, headers) => {
    const lines = [put, "host: a", ...headers, authorization(), "content-length: 1"];
    expect((await send(lines, "x"))?.status).toBe(400);
  });

  it.each([
    ["a chunk's size that ends with a bare LF", "1\nx\r\n0\r\n\r\n"],
    ["a chunk that ends with a bare LF", "1\r\nx\n0\r\n\r\n"],
    ["a chunk that is longer than its size", "1\r\nxyz\r\n0\r\n\r\n"],
    ["a size that is not hexadecimal", "g\r\nx\r\n0\r\n\r\n"],
    ["a size with 0x in front", "0x1\r\nx\r\n0\r\n\r\n"],
    ["a size with a sign", "+1\r\nx\r\n0\r\n\r\n"],
    ["a size with a space in front", " 1\r\nx\r\n0\r\n\r\n"],
    ["a size beyond 64 bits", "10000000000000001\r\nx\r\n0\r\n\r\n"],
    ["a bare CR in an extension", "1;a\rb\r\nx\r\n0\r\n\r\n"],
    ["a bare LF in an extension", "1;a\nb\r\nx\r\n0\r\n\r\n"],
  ])("answers 400 to a chunked body with %s, and stores nothing", async (_why, body) => {
    const lines = [put, "host: a", authorization(), "transfer-encoding: chunked"];
    expect((await send(lines, body))?.status).toBe(400);
  });

  it("takes what a trailer says for no header, and what follows a body for a request of its own", async () => {
    await using connection = await server.open();
    const get = "GET /api/v1/me HTTP/1.1\r\nhost: a\r\n";
    await connection.write(
      `${get}transfer-encoding: chunked\r\n\r\n0\r\n${authorization()}\r\n\r\n`,
    );
    expect((await connection.answer())?.status).toBe(401);
    // A body of a GET is read to its end: it is not the next request.
    const inner = `${get}${authorization()}\r\n\r\n`;
    await connection.write(`${get}content-length: ${inner.length}\r\n\r\n${inner}${get}\r\n`);
    expect([(await connection.answer())?.status, (await connection.answer())?.status]).toEqual([
      401, 401,
    ]);
  });

  it.each([
    ["a folded header", ["x-a: 1\r\n 2"]],
    ["a folded header by a tab", ["x-a: 1\r\n\t2"]],
    ["a bare CR in a value", ["x-a: 1\rx-b: 2"]],
    ["NUL in a value", ["x-a: 1\x002"]],
    ["a space before the colon", ["x-a : 1"]],
    ["a space before the name", [" x-a: 1"]],
    ["a line without a colon", ["x-a"]],
    ["an empty name", [": 1"]],
    ["a control character in a name", ["x\x01a: 1"]],
  ])("answers 400 to %s", async (_why, headers) => {
    const lines = [put, "host: a", authorization(), ...headers, "content-length: 1"];
    expect((await send(lines, "x"))?.status).toBe(400);
  });

  it("answers 400 to lines that end with a bare LF or CR", async () => {
    const lines = ["GET /api/v1/health HTTP/1.1", "host: a", "", ""];
    for (const end of ["\n", "\r"]) {
      await using connection = await server.open();
      connection.socket.end(lines.join(end));
      expect([end, (await connection.answer())?.status]).toEqual([end, 400]);
    }
  });

  it("answers 431 to a head of 17 KB", async () => {
    for (const headers of [
      [`x-a: ${"a".repeat(17_000)}`],
      Array.from({ length: 1_700 }, (_, i) => `x${i}: 1`),
      [`${"a".repeat(17_000)}: 1`],
    ]) {
      const lines = ["GET /api/v1/health HTTP/1.1", "host: a", ...headers];
      expect((await send(lines))?.status).toBe(431);
    }
    const answer = await send([`GET /api/v1/${"a".repeat(17_000)} HTTP/1.1`, "host: a"]);
    expect([414, 431]).toContain(answer?.status);
  });

  it.each([
    "http://localhost/api/v1/health",
    "HTTP://evil.example/api/v1/health",
    "https://evil.example:80/api/v1/health",
    "//evil.example/api/v1/health",
    "/../../../../etc/passwd",
    "/api/v1/../v1/health",
    "/api/v1/./health",
    "/api/v1/%2e%2e/v1/health",
    "/api/v1/..%2fv1/health",
    "/api/docs/../v1/health",
    "/api/docs/static/../../../../../../etc/passwd",
    "/api/docs/static/..%2f..%2f..%2fpackage.json",
    "/api//v1/health",
    "/api/v1/health/",
    "/api/v1/health;a=b",
    "*",
  ])("answers 404 to the target %s", async (target) => {
    const answer = await send([`GET ${target} HTTP/1.1`, "host: localhost"]);
    expect([target, answer?.status]).toEqual([target, 404]);
    expect(answer?.text).not.toMatch(leak);
  });

  it.each([
    "http:///api/v1/health",
    "/api/docs/static/%2e%2e/%2e%2e/%2e%2e/package.json",
    "/api/docs/static/..\\..\\package.json",
    "/api/v1/%00",
    "/api/v1/%",
  ])("gives nothing for the target %s", async (target) => {
    const answer = await send([`GET ${target} HTTP/1.1`, "host: localhost"]);
    expect([400, 403, 404]).toContain(answer?.status);
    expect(answer?.text).not.toMatch(leak);
  });

  it.each([
    ["no version", ["GET /api/v1/health", "host: a"]],
    ["HTTP/0.9", ["GET /api/v1/health HTTP/0.9", "host: a"]],
    ["HTTP/3.7", ["GET /api/v1/health HTTP/3.7", "host: a"]],
    ["an unknown method", ["STEAL /api/v1/health HTTP/1.1", "host: a"]],
    ["a method in small letters", ["get /api/v1/health HTTP/1.1", "host: a"]],
    ["spaces in the target", ["GET /api/v1/health x HTTP/1.1", "host: a"]],
    ["garbage", ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"]],
  ])("answers 400 to %s", async (_why, lines) => {
    expect((await send(lines))?.status).toBe(400);
  });

  it("says what it refuses in problem+json, and closes", async () => {
    const answers = [
      await send([put, "host: a", "host: b"]),
      await send(["GET /api/v1/health HTTP/9.9", "host: a"]),
      await send(["GET /api/v1/health HTTP/1.1", "host: a", `x: ${"a".repeat(17_000)}`]),
    ];
    for (const answer of answers) {
      expect(answer?.headers.get("content-type")).toMatch("application/problem+json");
      expect(answer?.json()).toMatchObject({
        status: answer?.status,
        code: expect.any(String) as string,
      });
    }
    await using connection = await server.open();
    await connection.write("nonsense\r\n\r\n");
    expect((await connection.answer())?.status).toBe(400);
    await connection.closed;
  });

  it("answers 405 or 404 to methods that a path does not have, and nothing happens", async () => {
    for (const method of ["TRACE", "CONNECT", "PROPFIND", "PATCH", "OPTIONS", "LOCK"]) {
      await using connection = await server.open();
      const target = method === "CONNECT" ? "localhost:22" : "/api/v1/health";
      await connection.write(
        `${method} ${target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
      );
      const answer = await connection.answer();
      // A proxy's method may be answered by closing.
      if (method !== "CONNECT") expect([404, 405]).toContain(answer?.status);
      else expect([undefined, 400, 404, 405]).toContain(answer?.status);
      expect(answer?.text ?? "").not.toMatch(/connection: close/);
    }
  });

  it.each([
    ["a size that is none", "zz\r\nx\r\n0\r\n\r\n"],
    ["a size with a sign", "-1\r\nx\r\n0\r\n\r\n"],
    ["a size of more than 64 bits", "fffffffffffffffff\r\nx\r\n0\r\n\r\n"],
    ["a chunk longer than it says", "1\r\nxx\r\n0\r\n\r\n"],
    ["a bare LF after a size", "1\nx\r\n0\r\n\r\n"],
    ["a bare LF in an extension", "1;a\nb\r\nx\r\n0\r\n\r\n"],
  ])("refuses a chunked body with %s, and keeps nothing of it", async (_why, body) => {
    await using connection = await server.open();
    const lines = [put, "host: a", authorization(), "transfer-encoding: chunked"];
    await connection.write(`${lines.join("\r\n")}\r\n\r\n${body}`);
    const answer = await connection.answer();
    expect([undefined, 400]).toContain(answer?.status);
  });

  it("does not wait for a body that it has refused by its head", async () => {
    await using connection = await server.open();
    const lines = [create, "host: a", "content-type: application/json", "content-length: 1000000"];
    await connection.write(`${lines.join("\r\n")}\r\n\r\n`);
    expect((await connection.answer())?.status).toBe(401);
  });

  it("answers a pipeline in order, refusals included", async () => {
    await using connection = await server.open();
    const get = (path: string, token = server.token) =>
      `GET ${path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${token}\r\n\r\n`;
    await connection.write(
      get("/api/v1/server") + get("/nowhere") + get("/api/v1/server", "x") + get("/api/v1/health"),
    );
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await connection.answer())?.status);
    expect(statuses).toEqual([200, 404, 401, 200]);
  });
});
