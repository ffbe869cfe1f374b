/** Hostile inputs: bytes of an upload. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../../core/ids.ts";
import { contentOf } from "../../core/testing/sources.ts";
import { openRaw, type RawAnswer } from "../testing/raw.ts";
import { formatHead, startServer, type TestServer } from "../testing/server.ts";

const partSize = 4096;
const content = contentOf(1, 3 * partSize + 100);
const partOf = (number: number): Buffer =>
  content.subarray(number * partSize, (number + 1) * partSize);
const digestOf = (bytes: Uint8Array): string =>
  `sha-256=:${createHash("sha256").update(bytes).digest("base64")}:`;

describe("bytes of an upload", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ maxFileBytes: 1024 ** 3 });
  });
  afterEach(() => expect(server.log).toEqual([]));
  afterAll(() => server[Symbol.asyncDispose]());

  const create = async (facts: object = { size: content.length }): Promise<string> => {
    const json = { name: `${newId()}.bin`, partSize, ...facts };
    const answer = await server.ask({ method: "POST", path: "/uploads", json });
    expect(answer.status).toBe(201);
    return String(answer.json()["id"]);
  };
  const status = async (id: string) => (await server.ask({ path: `/uploads/${id}` })).json();
  const put = (
    id: string,
    { number, body, headers = {} }: { number: number | string; body: Uint8Array; headers?: object },
  ) =>
    server.ask({
      method: "PUT",
      path: `/uploads/${id}/parts/${number}`,
      body,
      headers: { ...headers },
    });
  const post = (path: string, json?: unknown) =>
    server.ask({ method: "POST", path, ...(json === undefined ? {} : { json }) });
  const expectRefusal = (answer: RawAnswer, { status, code }: { status: number; code: string }) => {
    expect([answer.status, answer.json()]).toMatchObject([status, { status, code }]);
    expect(answer.headers.get("content-type")).toMatch("application/problem+json");
  };
  const expectNothingHeld = async (id: string) =>
    expect(await status(id)).toMatchObject({ state: "receiving", offset: 0, receivedBytes: 0 });

  it.each([
    "-1",
    "4",
    "1.5",
    "1e0",
    "abc",
    "5abc",
    "0x1",
    "NaN",
    "9007199254740991",
    "%31%00",
    "00",
  ])("answers 400 to the part number %s", async (number) => {
    const id = await create();
    expectRefusal(await put(id, { number, body: partOf(0) }), {
      status: 400,
      code: "part-out-of-range",
    });
    await expectNothingHeld(id);
  });

  it("answers 400 to a part number beyond the largest file, while the size is unknown", async () => {
    const id = await create({});
    for (const number of [1024 ** 3 / partSize, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      const answer = await put(id, { number, body: partOf(0) });
      expect(answer.status).toBe(400);
    }
    await expectNothingHeld(id);
  });

  it("answers 413 to bytes past the largest file, while the size is unknown", async () => {
    const id = await create({});
    const number = 1024 ** 3 / partSize - 1;
    expect((await put(id, { number, body: content.subarray(0, 2 * partSize) })).status).toBe(413);
    await expectNothingHeld(id);
  });

  it("answers 409 to other bytes for the same part, and keeps the first", async () => {
    const id = await create();
    expect((await put(id, { number: 0, body: partOf(0) })).status).toBe(200);
    const answer = await put(id, { number: 0, body: partOf(1) });
    expectRefusal(answer, { status: 409, code: "part-conflict" });
    expect(answer.json()).toMatchObject({ start: 0, length: partSize });
    for (const number of [0, 1, 2, 3])
      expect((await put(id, { number, body: partOf(number) })).status).toBe(200);
    const completed = (await post(`/uploads/${id}/complete`)).json();
    const sha256 = createHash("sha256").update(content).digest("hex");
    expect(completed).toMatchObject({ file: { digests: { sha256 } } });
  });

  it("answers 409 to bytes of which only one differs, past what is held and not", async () => {
    const id = await create();
    await put(id, { number: 1, body: partOf(1) });
    const altered = Buffer.from(content.subarray(0, 3 * partSize));
    altered[2 * partSize - 1]! ^= 1;
    expectRefusal(await put(id, { number: 0, body: altered }), {
      status: 409,
      code: "part-conflict",
    });
    expect(await status(id)).toMatchObject({
      offset: 0,
      receivedBytes: partSize,
      missing: [0, 2, 3],
    });
  });

  it("answers 422 to a digest that the bytes do not have, and holds none of them", async () => {
    const id = await create();
    const headers = { "content-digest": digestOf(partOf(1)) };
    expectRefusal(await put(id, { number: 0, body: partOf(0), headers }), {
      status: 422,
      code: "digest-mismatch",
    });
    await expectNothingHeld(id);
    const appended = await server.ask({
      method: "PATCH",
      path: `/uploads/${id}`,
      body: partOf(0),
      headers: { ...headers, "upload-offset": "0" },
    });
    expectRefusal(appended, { status: 422, code: "digest-mismatch" });
    await expectNothingHeld(id);
  });

  it.each(["sha-256", "sha-256=abc", "sha-256=:AAAA:", ":::", "sha-256=:::"])(
    "answers 400 to a digest that is none: %s",
    async (digest) => {
      const id = await create();
      const headers = { "content-digest": digest };
      expectRefusal(await put(id, { number: 0, body: partOf(0), headers }), {
        status: 400,
        code: "invalid-request",
      });
      await expectNothingHeld(id);
    },
  );

  it("acknowledges nothing of a part that is cut, and keeps what was there", async () => {
    const id = await create();
    await put(id, { number: 1, body: partOf(1) });
    for (const cutAt of [0, 1, 4095]) {
      const connection = await openRaw(server.port);
      const ask = { method: "PUT", path: `/uploads/${id}/parts/0`, body: partOf(0) };
      await connection.write(formatHead(ask, server.token));
      await connection.write(partOf(0).subarray(0, cutAt));
      await connection[Symbol.asyncDispose]();
    }
    await sleep(50);
    expect(await status(id)).toMatchObject({ offset: 0, receivedBytes: partSize });
    expect((await put(id, { number: 0, body: partOf(0) })).status).toBe(200);
    expect(await status(id)).toMatchObject({ offset: 2 * partSize });
  });

  it("answers 413 to a body that goes past the end, declared or not, and holds none of it", async () => {
    const id = await create();
    const body = Buffer.concat([partOf(3), Buffer.from("x")]);
    expectRefusal(await put(id, { number: 3, body }), { status: 413, code: "body-too-long" });
    const chunked = await server.ask({
      method: "PUT",
      path: `/uploads/${id}/parts/3`,
      body: Buffer.concat([
        Buffer.from(`${body.length.toString(16)}\r\n`),
        body,
        Buffer.from("\r\n0\r\n\r\n"),
      ]),
      headers: { "content-length": "", "transfer-encoding": "chunked" },
    });
    expectRefusal(chunked, { status: 413, code: "body-too-long" });
    await expectNothingHeld(id);
  });

  it("answers 400 to a body that is not a whole number of parts", async () => {
    const id = await create();
    for (const length of [0, 1, partSize - 1, partSize + 1]) {
      const answer = await put(id, { number: 0, body: content.subarray(0, length) });
      expectRefusal(answer, { status: 400, code: "part-misaligned" });
    }
    await expectNothingHeld(id);
  });

  it("answers 415 to a coded body", async () => {
    const id = await create();
    for (const coding of ["gzip", "br", "identity, gzip", "x"]) {
      const headers = { "content-encoding": coding };
      expect((await put(id, { number: 0, body: partOf(0), headers })).status).toBe(415);
    }
    const headers = { "content-encoding": "identity" };
    expect((await put(id, { number: 0, body: partOf(0), headers })).status).toBe(200);
  });

  it.each(["", "-1", "1.5", "abc", "5abc", "1e3", "0, 0", "9007199254740992", " "])(
    "answers 400 to the offset %j",
    async (offset) => {
      const id = await create();
      const headers = offset === "" ? {} : { "upload-offset": offset };
      const answer = await server.ask({
        method: "PATCH",
        path: `/uploads/${id}`,
        body: partOf(0),
        headers,
      });
      expectRefusal(answer, { status: 400, code: "invalid-request" });
      await expectNothingHeld(id);
    },
  );

  it("answers 409 to another offset, and says which is right", async () => {
    const id = await create();
    await put(id, { number: 0, body: partOf(0) });
    for (const offset of [0, 1, partSize - 1, partSize + 1]) {
      const headers = { "upload-offset": String(offset) };
      const answer = await server.ask({
        method: "PATCH",
        path: `/uploads/${id}`,
        body: partOf(1),
        headers,
      });
      expectRefusal(answer, { status: 409, code: "offset-mismatch" });
      expect(answer.json()).toMatchObject({ expected: partSize, actual: offset });
    }
    expect(await status(id)).toMatchObject({ offset: partSize });
  });

  it("answers 404 to an upload that nobody began, whatever its id", async () => {
    for (const id of [newId(), "0", "..", "%2e%2e", "a".repeat(90), "'%20or%201=1", "%00"]) {
      for (const [method, path] of [
        ["GET", `/uploads/${id}`],
        ["PUT", `/uploads/${id}/parts/0`],
        ["PATCH", `/uploads/${id}`],
        ["POST", `/uploads/${id}/complete`],
        ["POST", `/uploads/${id}/pause`],
        ["DELETE", `/uploads/${id}`],
        ["DELETE", `/uploads/${id}/parts`],
      ] as const) {
        const headers = { "upload-offset": "0" };
        const answer = await server.ask({ method, path, headers });
        expect([method, path, answer.status]).toEqual([method, path, 404]);
        expect(answer.headers.get("content-type")).toMatch("application/problem+json");
      }
    }
  });

  it("answers 409 after completion, 410 after abortion, 409 while paused", async () => {
    const complete = await create();
    await put(complete, { number: 0, body: content });
    expect((await post(`/uploads/${complete}/complete`)).status).toBe(200);
    const aborted = await create();
    expect((await server.ask({ method: "DELETE", path: `/uploads/${aborted}` })).status).toBe(204);
    const paused = await create();
    expect((await post(`/uploads/${paused}/pause`)).status).toBe(200);
    for (const [id, status, code] of [
      [complete, 409, "upload-complete"],
      [aborted, 410, "upload-aborted"],
      [paused, 409, "upload-paused"],
    ] as const) {
      expectRefusal(await put(id, { number: 0, body: partOf(0) }), { status, code });
      const headers = { "upload-offset": "0" };
      const path = `/uploads/${id}`;
      const appended = await server.ask({ method: "PATCH", path, body: partOf(0), headers });
      expectRefusal(appended, { status, code });
    }
    const again = await server.ask({ method: "DELETE", path: `/uploads/${aborted}` });
    expect(again.status).toBe(204);
    expectRefusal(await server.ask({ method: "DELETE", path: `/uploads/${complete}` }), {
      status: 409,
      code: "upload-complete",
    });
    expectRefusal(await post(`/uploads/${aborted}/complete`), {
      status: 410,
      code: "upload-aborted",
    });
    expectRefusal(await post(`/uploads/${aborted}/resume`), {
      status: 410,
      code: "upload-aborted",
    });
  });
});
