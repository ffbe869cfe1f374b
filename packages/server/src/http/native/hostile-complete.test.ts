/** Hostile inputs: completing an upload, and batches. */
import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../../core/ids.ts";
import { contentOf } from "../../core/testing/sources.ts";
import { startServer, type TestServer } from "../testing/server.ts";

const partSize = 4096;
const content = contentOf(1, 3 * partSize + 100);
const sha256 = createHash("sha256").update(content).digest("hex");
const wrong = "0".repeat(64);

describe("completing", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterEach(() => expect(server.log).toEqual([]));
  afterAll(() => server[Symbol.asyncDispose]());

  const begin = async (facts: object = {}): Promise<string> => {
    const json = { name: `${newId()}.bin`, partSize, size: content.length, ...facts };
    return String((await server.ask({ method: "POST", path: "/uploads", json })).json()["id"]);
  };
  const send = (id: string, number: number, body: Uint8Array) =>
    server.ask({ method: "PUT", path: `/uploads/${id}/parts/${number}`, body });
  const complete = (id: string, json?: unknown) =>
    server.ask({
      method: "POST",
      path: `/uploads/${id}/complete`,
      ...(json === undefined ? {} : { json }),
    });
  const filesNamed = async (name: string) =>
    (await server.ask({ path: `/files?name=${encodeURIComponent(name)}` })).json()["items"];

  it("answers 409 with the missing parts", async () => {
    const id = await begin();
    await send(id, 1, content.subarray(partSize, 2 * partSize));
    const answer = await complete(id);
    expect(answer.status).toBe(409);
    expect(answer.json()).toMatchObject({
      code: "upload-incomplete",
      missing: [0, 2, 3],
      receivedBytes: partSize,
      sizeBytes: content.length,
    });
  });

  it("answers 422 to a digest that the whole does not have, publishes nothing, and can be repaired", async () => {
    const name = `${newId()}.bin`;
    const id = await begin({ name, digests: { sha256 } });
    await send(
      id,
      0,
      content.map((byte) => byte ^ 1),
    );
    const answer = await complete(id);
    expect(answer.status).toBe(422);
    expect(answer.json()).toMatchObject({
      code: "digest-mismatch",
      algorithm: "sha256",
      expected: sha256,
    });
    expect(await filesNamed(name)).toEqual([]);

    const dropped = await server.ask({ method: "DELETE", path: `/uploads/${id}/parts` });
    expect(dropped.json()).toMatchObject({ state: "receiving", offset: 0, receivedBytes: 0 });
    await send(id, 0, content);
    expect((await complete(id)).json()).toMatchObject({
      state: "complete",
      file: { name, digests: { sha256 } },
    });
  });

  it("answers 422 to a digest claimed at the end, and goes on without it", async () => {
    const id = await begin();
    await send(id, 0, content);
    for (const digests of [{ sha256: wrong }, { md5: "0".repeat(32) }, { sha1: "0".repeat(40) }]) {
      const answer = await complete(id, { digests });
      expect([answer.status, answer.json()]).toMatchObject([422, { code: "digest-mismatch" }]);
    }
    expect((await complete(id, { digests: { sha256 } })).status).toBe(200);
    expect((await complete(id, { digests: { sha256: wrong } })).status).toBe(422);
    expect((await complete(id)).status).toBe(200);
  });

  it("publishes once when ten ask at once, and gives all the same answer", async () => {
    const name = `${newId()}.bin`;
    const id = await begin({ name });
    await send(id, 0, content);
    const answers = await Promise.all(Array.from({ length: 10 }, () => complete(id)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    const files = new Set(answers.map((answer) => JSON.stringify(answer.json()["file"])));
    expect(files.size).toBe(1);
    expect(await filesNamed(name)).toHaveLength(1);
  });

  it("gives each of ten its own answer when only some of them claim what is true", async () => {
    const id = await begin();
    await send(id, 0, content);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        complete(id, { digests: { sha256: i % 2 === 0 ? sha256 : wrong } }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(
      Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? 200 : 422)),
    );
  });

  it("gives the one that claims what is true its file, though a false claim came first", async () => {
    const id = await begin();
    await send(id, 0, content);
    const answers = await Promise.all([
      complete(id, { digests: { sha256: wrong } }),
      complete(id, { digests: { sha256 } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([422, 200]);
  });

  it.each([
    ["a size that is none", { size: -1 }],
    ["a digest that is none", { digests: { sha256: "x" } }],
    ["an unknown key", { force: true }],
    ["an array", []],
  ])("answers 400 to %s", async (_why, body) => {
    const id = await begin();
    await send(id, 0, content);
    expect((await complete(id, body)).status).toBe(400);
    expect((await complete(id)).status).toBe(200);
  });

  it("answers a refusal to a size that is not the declared one", async () => {
    const id = await begin();
    await send(id, 0, content);
    expect((await complete(id, { size: content.length + 1 })).status).toBe(400);
    expect((await complete(id, { size: content.length })).status).toBe(200);
  });

  it("answers 409 when the name was taken meanwhile, and can be completed when it is free", async () => {
    const name = `${newId()}.bin`;
    const [id, other] = [await begin({ name }), await begin({ name })];
    await send(id, 0, content);
    await send(other, 0, content);
    const first = await complete(other);
    expect(first.status).toBe(200);
    const answer = await complete(id);
    expect([answer.status, answer.json()]).toMatchObject([409, { code: "name-taken" }]);
    const { file } = first.json() as { file: { id: string } };
    await server.ask({ method: "DELETE", path: `/files/${file.id}` });
    expect((await complete(id)).status).toBe(200);
  });
});

describe("a batch", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterEach(async () => {
    expect(server.log).toEqual([]);
    expect((await server.ask({ path: "/files?prefix=bad" })).json()["items"]).toEqual([]);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const frame = (head: unknown, bytes: Uint8Array | string = ""): Buffer =>
    Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), Buffer.from(bytes)]);
  const send = (body: Uint8Array | string, type = "application/vnd.sampan.batch") =>
    server.ask({ method: "POST", path: "/files/batch", body, headers: { "content-type": type } });

  it.each([
    ["no line", "bad"],
    ["a line that does not end", '{"name":"bad","size":0}'],
    ["a line that is not JSON", "bad\n"],
    ["a head without a size", '{"name":"bad"}\n'],
    ["a negative size", '{"name":"bad","size":-1}\n'],
    ["a size with a fraction", '{"name":"bad","size":1.5}\nxx'],
    ["a size that is text", '{"name":"bad","size":"1"}\nx'],
    ["a size above the limit", '{"name":"bad","size":1048577}\nx'],
    ["fewer bytes than it says", '{"name":"bad","size":5}\nxxxx'],
    ["more bytes than it says", '{"name":"bad","size":1}\nxx'],
    ["a head longer than 8 KiB", `{"name":"${"a".repeat(9_000)}","size":0}\n`],
    ["an unknown key", '{"name":"bad","size":0,"owner":"x"}\n'],
    ["__proto__", '{"name":"bad","size":0,"__proto__":{"a":1}}\n'],
    [
      "invalid UTF-8",
      Buffer.concat([
        Buffer.from('{"name":"bad'),
        Buffer.from([0xff, 0xfe]),
        Buffer.from('","size":0}\n'),
      ]),
    ],
    [
      "JSON 8,000 levels deep",
      `{"name":"bad","size":0,"sha256":${"[".repeat(4_000)}${"]".repeat(4_000)}}\n`,
    ],
    ["a media type with a line break", '{"name":"bad","size":0,"mediaType":"a/b\\r\\nx: y"}\n'],
  ])("that holds %s is refused whole", async (_why, body) => {
    const good = frame({ name: "bad first", size: 1 }, "x");
    const answer = await send(Buffer.concat([good, Buffer.from(body)]));
    expect([answer.status, answer.json()]).toMatchObject([400, { code: "invalid-request" }]);
  });

  it("of nothing is answered with nothing", async () => {
    expect((await send("")).json()).toEqual({ results: [] });
  });

  it("of another content type is answered 415", async () => {
    expect((await send(frame({ name: "bad", size: 0 }), "application/json")).status).toBe(415);
  });

  it("of more than 1,000 files is answered 400, of more than 32 MiB 413", async () => {
    const many = Array.from({ length: 1_001 }, (_, i) => frame({ name: `bad${i}`, size: 0 }));
    expect((await send(Buffer.concat(many))).status).toBe(400);
    const large = Array.from({ length: 33 }, (_, i) =>
      frame({ name: `bad${i}`, size: 1024 * 1024 }, Buffer.alloc(1024 * 1024)),
    );
    expect((await send(Buffer.concat(large))).status).toBe(413);
  });

  it("gives each file its own answer, in order", async () => {
    const digest = createHash("sha256").update("x").digest("hex");
    const answer = await send(
      Buffer.concat([
        frame({ name: "one.txt", size: 1, sha256: digest }, "x"),
        frame({ name: "../two", size: 1 }, "x"),
        frame({ name: "three", size: 1, sha256: wrong }, "x"),
        frame({ name: "ONE.TXT", size: 1 }, "y"),
        frame({ name: "five", size: 0 }),
      ]),
    );
    const { results } = answer.json() as {
      results: { status: number; problem?: { code: string } }[];
    };
    expect(results.map(({ status, problem }) => [status, problem?.code])).toEqual([
      [201, undefined],
      [400, "name-refused"],
      [422, "digest-mismatch"],
      [409, "name-taken"],
      [201, undefined],
    ]);
    const { items } = (await server.ask({ path: "/files" })).json() as {
      items: { name: string }[];
    };
    expect(items.map(({ name }) => name)).toEqual(["five", "one.txt"]);
  });
});
