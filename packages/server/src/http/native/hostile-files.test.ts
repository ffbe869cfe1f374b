/** Hostile inputs: a whole file in one request, and the last of what there is room for. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostileNames } from "../testing/hostile-names.ts";
import { startServer, type TestServer } from "../testing/server.ts";

const mebibyte = 1024 * 1024;

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

  it("leaves no folder behind of a batch's files that it was not enough for", async () => {
    await using server = await startServer({ quotaBytes: 10 });
    const frames = [
      ["kept/small", "1234"],
      ["kept/deep/large", "x".repeat(100)],
      ["gone/deep/large", "x".repeat(100)],
    ].map(([path, text = ""]) => `${JSON.stringify({ path, size: text.length })}\n${text}`);
    const answer = await server.ask({
      method: "POST",
      path: "/files/batch",
      headers: { "content-type": "application/vnd.sampan.batch" },
      body: frames.join(""),
    });
    expect(answer.json()).toMatchObject({
      results: [{ status: 201 }, { status: 507 }, { status: 507 }],
    });
    const namesIn = async (path: string) => {
      const { items } = (await server.ask({ path })).json() as { items: { name: string }[] };
      return items.map(({ name }) => name);
    };
    expect(await namesIn("/nodes/root/children")).toEqual(["kept"]);
    const kept = (await server.ask({ path: "/nodes?path=/kept" })).json();
    expect(await namesIn(`/nodes/${String(kept["id"])}/children`)).toEqual(["small"]);
    const made = (await server.ask({ path: "/audit?kind=node.created" })).json();
    expect(made["items"]).toMatchObject([{ data: { name: "kept" } }]);
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
