/** Hostile inputs: beginning an upload, and naming a file in one request. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { RawAnswer } from "../testing/raw.ts";
import { startServer, type TestServer } from "../testing/server.ts";

const mebibyte = 1024 * 1024;

const hostileNames: [string, string][] = [
  ["a way up", "../x"],
  ["a way up for Windows", "..\\x"],
  ["a drive", "C:\\x"],
  ["an absolute path", "/etc/passwd"],
  ["NUL", "a\0b"],
  ["CR and LF", "a\r\nset-cookie: b"],
  ["a control character", "a\u0007b"],
  ["256 bytes", "a".repeat(256)],
  ["this folder", "."],
  ["the folder above", ".."],
  ["a dot at the end", "a."],
  ["a space at the end", "a "],
  ["right-to-left override", "a\u202egpj.exe"],
  ["half a surrogate pair", "a\ud800"],
];

describe("beginning an upload", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ maxFileBytes: 100 * mebibyte, maxOpenUploads: 20 });
  });
  afterEach(async () => {
    expect(server.log).toEqual([]);
    for (const { id } of await openUploads())
      await server.ask({ method: "DELETE", path: `/uploads/${id}` });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const openUploads = async () =>
    (await server.ask({ path: "/uploads?limit=1000" })).json()["items"] as { id: string }[];
  const create = (json: unknown) => server.ask({ method: "POST", path: "/uploads", json });
  const createRaw = (body: string) =>
    server.ask({
      method: "POST",
      path: "/uploads",
      body,
      headers: { "content-type": "application/json" },
    });
  const expectRefusal = async (
    answer: RawAnswer,
    { status, code }: { status: number; code?: string },
  ) => {
    expect([answer.status, answer.text]).toEqual([status, expect.anything()]);
    expect(answer.headers.get("content-type")).toMatch("application/problem+json");
    expect(answer.json()).toMatchObject({
      status,
      title: expect.any(String) as string,
      code: code ?? (expect.any(String) as string),
    });
    expect(await openUploads()).toEqual([]);
  };

  it.each([
    "-1",
    "1.5",
    "NaN",
    '"5abc"',
    '"5"',
    "1e309",
    "null",
    "[1]",
    "9007199254740992",
    "true",
  ])("answers 400 to the size %s", async (size) => {
    await expectRefusal(await createRaw(`{"name":"a","size":${size}}`), { status: 400 });
  });

  it("answers 413 above the maximum, and 201 at it", async () => {
    const size = 100 * mebibyte;
    await expectRefusal(await create({ name: "a", size: size + 1 }), {
      status: 413,
      code: "file-too-large",
    });
    expect((await create({ name: "a", size })).status).toBe(201);
  });

  it.each(hostileNames)("answers 400 to a name: %s", async (_why, name) => {
    await expectRefusal(await create({ name, size: 1 }), { status: 400, code: "name-refused" });
  });

  it.each([
    ["no name", {}],
    ["a name that is no string", { name: 5 }],
    ["an empty name", { name: "" }],
    ["64 KiB of name", { name: "a".repeat(65_536) }],
    ["a part size of 0", { name: "a", partSize: 0 }],
    ["a negative part size", { name: "a", partSize: -4096 }],
    ["a tiny part size", { name: "a", partSize: 1 }],
    ["10⁹ parts", { name: "a", size: 50 * mebibyte, partSize: 4096 }],
    ["a media type with a line break", { name: "a", mediaType: "text/plain\r\n;set-cookie=b" }],
    ["a media type with a line separator", { name: "a", mediaType: "text/plain \u2028;a=b" }],
    ["no media type", { name: "a", mediaType: "text" }],
    ["a digest that is too short", { name: "a", digests: { sha256: "00" } }],
    ["an unknown digest", { name: "a", digests: { crc32: "00000000" } }],
    ["an unknown key", { name: "a", ownerId: "me" }],
    ["an unknown policy", { name: "a", onConflict: "overwrite" }],
    ["an unknown durability", { name: "a", durability: "none" }],
    ["an array", [{ name: "a" }]],
    ["a string", "a"],
  ])("answers 400 to %s", async (_why, body) => {
    await expectRefusal(await create(body), { status: 400 });
  });

  it.each(["", "{", '{"name":"a"', "nothing", '{"name":"a"}x', "\ufeff{}", '{"name":"\\ud"}'])(
    "answers 400 to what is not JSON: %j",
    async (body) => {
      await expectRefusal(await createRaw(body), { status: 400 });
    },
  );

  it("answers 400 to invalid UTF-8 in a name, or takes it for what it decodes to and refuses that", async () => {
    const body = Buffer.concat([
      Buffer.from('{"name":"a'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}'),
    ]);
    const headers = { "content-type": "application/json" };
    await expectRefusal(await server.ask({ method: "POST", path: "/uploads", body, headers }), {
      status: 400,
    });
  });

  it.each([
    ['{"name":"a","__proto__":{"size":5}}'],
    ['{"__proto__":null,"name":"a"}'],
    ['{"name":"a","digests":{"__proto__":{"sha256":"00"}}}'],
    ['{"name":"a","constructor":{"prototype":{"size":5}}}'],
  ])("answers 400 to %s", async (body) => {
    await expectRefusal(await createRaw(body), { status: 400 });
    expect(Object.prototype).not.toHaveProperty("size");
  });

  it("answers 400 to JSON 10,000 levels deep", async () => {
    const deep = `{"name":"a","digests":${"[".repeat(10_000)}${"]".repeat(10_000)}}`;
    await expectRefusal(await createRaw(deep), { status: 400 });
    const proto = `{"name":"a","digests":${'{"__proto__":'.repeat(10_000)}1${"}".repeat(10_000)}}`;
    await expectRefusal(await createRaw(proto), { status: 400 });
  });

  it("answers 413 to more than 1 MiB of JSON", async () => {
    const answer = await createRaw(`{"name":"a","digests":"${"a".repeat(mebibyte)}"}`);
    await expectRefusal(answer, { status: 413, code: "body-too-long" });
  });

  it("answers 415 to another content type, and 415 to a coded body", async () => {
    const body = '{"name":"a"}';
    for (const type of ["text/plain", "application/xml", "multipart/form-data; boundary=a"]) {
      const headers = { "content-type": type };
      await expectRefusal(await server.ask({ method: "POST", path: "/uploads", body, headers }), {
        status: 415,
      });
    }
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    await expectRefusal(await server.ask({ method: "POST", path: "/uploads", body, headers }), {
      status: 415,
    });
  });

  it("answers 401 without a token, with a wrong one, and with one of another shape", async () => {
    for (const token of [null, `sampan_${"A".repeat(43)}`, "a", "' or 1=1", "a".repeat(8_000)]) {
      const answer = await server.ask({
        method: "POST",
        path: "/uploads",
        json: { name: "a" },
        token,
      });
      await expectRefusal(answer, { status: 401, code: "unauthenticated" });
      expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
    }
    for (const authorization of ["Basic YTpi", "Bearer", "Bearer  ", `Bearer ${server.token} x`]) {
      const headers = { authorization };
      const answer = await server.ask({ path: "/uploads", headers });
      expect(answer.status).toBe(401);
    }
  });

  it("answers 429 when too many are open, and says when to come back", async () => {
    for (let i = 0; i < 20; i++) expect((await create({ name: `a${i}` })).status).toBe(201);
    const answer = await create({ name: "b" });
    expect(answer.status).toBe(429);
    expect(answer.json()).toMatchObject({ code: "too-many-uploads", limit: 20 });
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await openUploads()).toHaveLength(20);
  });

  it.each([
    "/uploads?limit=0",
    "/uploads?limit=-1",
    "/uploads?limit=1e9",
    "/uploads?limit=5abc",
    "/uploads?cursor=nonsense",
    "/uploads?cursor=W10",
    "/uploads?cursor=WyJhIiwxXQ",
    "/uploads?state=none",
    "/uploads?state=receiving&state=paused",
    "/uploads?unknown=1",
    "/files?cursor=nonsense",
    "/files?limit=NaN",
    `/files?prefix=${"a".repeat(2_000)}`,
  ])("answers 400 to a list that cannot be: %s", async (path) => {
    await expectRefusal(await server.ask({ path }), { status: 400 });
  });
});

describe("naming a file in one request", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ maxFileBytes: 2 * mebibyte });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const files = async () => (await server.ask({ path: "/files" })).json()["items"] as unknown[];
  const put = (path: string, body: Uint8Array | string = "x", headers = {}) =>
    server.ask({ method: "PUT", path, body, headers });

  it.each(hostileNames.filter(([why]) => why !== "half a surrogate pair"))(
    "answers 400 to a name: %s",
    async (_why, name) => {
      const answer = await put(`/files/${encodeURIComponent(name).replaceAll(".", "%2E")}`);
      expect(answer.status).toBe(400);
      expect(answer.json()).toMatchObject({ code: "name-refused" });
      expect(await files()).toEqual([]);
    },
  );

  it.each(["%", "%zz", "%C3%28", "%00", "%ff", "a%2fb", "a%5cb", "%ED%A0%80"])(
    "answers 400 to the encoding %s",
    async (name) => {
      const answer = await put(`/files/${name}`);
      expect(answer.status).toBe(400);
      expect(answer.headers.get("content-type")).toMatch("application/problem+json");
      expect(await files()).toEqual([]);
    },
  );

  it("answers a refusal of its own to a name longer than any", async () => {
    const answer = await put(`/files/${"a".repeat(5_000)}`);
    expect([400, 404, 414]).toContain(answer.status);
    expect(answer.headers.get("content-type")).toMatch("application/problem+json");
  });

  it("answers 409 to a twin by letter case or normal form", async () => {
    expect((await put(`/files/${encodeURIComponent("Caf\u00e9.txt")}`)).status).toBe(201);
    for (const twin of ["CAF\u00c9.TXT", "cafe\u0301.txt"]) {
      const answer = await put(`/files/${encodeURIComponent(twin)}`);
      expect(answer.status).toBe(409);
      expect(answer.json()).toMatchObject({ code: "name-taken" });
      const created = await server.ask({ method: "POST", path: "/uploads", json: { name: twin } });
      expect(created.status).toBe(409);
    }
    expect(await files()).toHaveLength(1);
  });

  it.each([
    ["declared", {}],
    ["chunked", { "content-length": "", "transfer-encoding": "chunked" }],
  ])("answers 413 above the maximum, %s, and leaves nothing", async (how, headers) => {
    const bytes = Buffer.alloc(2 * mebibyte + 1, 1);
    const framed = Buffer.concat([
      Buffer.from(`${bytes.length.toString(16)}\r\n`),
      bytes,
      Buffer.from("\r\n0\r\n\r\n"),
    ]);
    const answer = await put("/files/large.bin", how === "chunked" ? framed : bytes, headers);
    expect(answer.status).toBe(413);
    expect((await server.ask({ path: "/files?name=large.bin" })).json()["items"]).toEqual([]);
    expect((await server.ask({ path: "/uploads" })).json()["items"]).toEqual([]);
  });

  it("answers 422 to a digest that the bytes do not have, and leaves nothing", async () => {
    const digest = `sha-256=:${Buffer.alloc(32).toString("base64")}:`;
    for (const body of ["small", Buffer.alloc(mebibyte + 500_000, 1)]) {
      for (const name of ["content-digest", "repr-digest"]) {
        const answer = await put("/files/wrong.bin", body, { [name]: digest });
        expect(answer.status).toBe(422);
        expect(answer.json()).toMatchObject({ code: "digest-mismatch" });
      }
    }
    expect((await server.ask({ path: "/files?name=wrong.bin" })).json()["items"]).toEqual([]);
    expect((await server.ask({ path: "/uploads" })).json()["items"]).toEqual([]);
  });
});

describe("the largest file, where it is a small one,", () => {
  it("is the largest in every lane", async () => {
    await using server = await startServer({ maxFileBytes: 1_000 });
    const files = async () => (await server.ask({ path: "/files" })).json()["items"] as unknown[];
    const body = Buffer.alloc(1_001, 1);
    const single = await server.ask({ method: "PUT", path: "/files/a", body });
    expect([single.status, single.json()]).toMatchObject([413, { code: "file-too-large" }]);
    const batch = await server.ask({
      method: "POST",
      path: "/files/batch",
      headers: { "content-type": "application/vnd.sampan.batch" },
      body: Buffer.concat([Buffer.from('{"name":"b","size":1001}\n'), body]),
    });
    expect(batch.json()).toMatchObject({ results: [{ status: 413 }] });
    const created = await server.ask({ method: "POST", path: "/uploads", json: { name: "c" } });
    const { id } = created.json();
    const sent = await server.ask({ method: "PUT", path: `/uploads/${String(id)}/parts/0`, body });
    expect(sent.status).toBe(413);
    expect(await files()).toEqual([]);
    const whole = await server.ask({ method: "PUT", path: "/files/a", body: body.subarray(1) });
    expect(whole.status).toBe(201);
  });
});

describe("the last of the quota", () => {
  it("goes to exactly one of 100 uploads that race for it", async () => {
    await using server = await startServer({ quotaBytes: 1_000 });
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        server.ask({ method: "POST", path: "/uploads", json: { name: `a${i}`, size: 600 } }),
      ),
    );
    const created = answers.filter(({ status }) => status === 201);
    expect(created).toHaveLength(1);
    for (const answer of answers.filter((one) => one !== created[0])) {
      expect(answer.status).toBe(507);
      expect(answer.json()).toMatchObject({ code: "quota-exceeded", quotaBytes: 1_000 });
    }
    const { account } = (await server.ask({ path: "/server" })).json();
    expect(account).toEqual({ quotaBytes: 1_000, usedBytes: 0, reservedBytes: 600 });
  });

  it("goes to exactly one of 100 small files that race for it", async () => {
    await using server = await startServer({ quotaBytes: 1_000 });
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        server.ask({ method: "PUT", path: `/files/a${i}`, body: Buffer.alloc(600, i) }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      201,
      ...Array.from({ length: 99 }, () => 507),
    ]);
    const { account } = (await server.ask({ path: "/server" })).json();
    expect(account).toEqual({ quotaBytes: 1_000, usedBytes: 600, reservedBytes: 0 });
  });
});
