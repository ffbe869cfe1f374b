/** Hostile inputs: beginning an upload. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hostileNames } from "../testing/hostile-names.ts";
import type { RawAnswer } from "../testing/raw.ts";
import { startServer, type TestServer } from "../testing/server.ts";

const mebibyte = 1024 * 1024;

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
