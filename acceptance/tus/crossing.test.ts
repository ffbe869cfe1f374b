/** One engine under all dialects: an upload begun in one can be seen, stopped and finished through another. */
import { describe, expect, it } from "vitest";
import { freshBytes, freshName, mebibyte, sha256 } from "../src/content.ts";
import { send } from "../src/http.ts";
import { idOf, speakNative, type UploadInfo } from "../src/native.ts";
import { useServer } from "../src/server.ts";
import { metadataOf, speakTus } from "../src/tus.ts";

const server = useServer();
const tus = speakTus(server);
const native = speakNative(server);
const partSize = mebibyte;

const putPart = (id: string, { number, bytes }: { number: number; bytes: Uint8Array }) =>
  send(server, { method: "PUT", path: `/api/v1/uploads/${id}/parts/${number}`, body: bytes });

const beginTus = async (bytes: Uint8Array) => {
  const name = freshName();
  const path = await tus.created({
    "upload-length": String(bytes.length),
    "upload-metadata": metadataOf({ filename: name }),
  });
  return { name, path, id: idOf(path) };
};

const beginNative = async (bytes: Uint8Array, extra = {}) => {
  const name = freshName();
  const body = { name, size: bytes.length, partSize, ...extra };
  const { id } = await native.call<UploadInfo>("POST", "/uploads", body);
  return { name, id, path: `/files/${id}` };
};

describe("crossing: begun by tus", () => {
  it("is listed natively, with its offset", async () => {
    const bytes = freshBytes(1_000);
    const { name, path, id } = await beginTus(bytes);
    await tus.patch(path, { offset: 0, bytes: bytes.subarray(0, 400) });
    const found = (await native.openUploads()).find((upload) => upload.id === id);
    expect(found).toMatchObject({
      name,
      dialect: "tus",
      size: 1_000,
      offset: 400,
      state: "receiving",
    });
  });

  it("is finished natively, by appending", async () => {
    const bytes = freshBytes(10_000);
    const { name, path, id } = await beginTus(bytes);
    await tus.patch(path, { offset: 0, bytes: bytes.subarray(0, 4_000) });
    const answer = await send(server, {
      method: "PATCH",
      path: `/api/v1/uploads/${id}`,
      headers: { "upload-offset": "4000" },
      body: bytes.subarray(4_000),
    });
    expect(answer.status).toBe(204);
    await native.call("POST", `/uploads/${id}/complete`);
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
    expect((await tus.head(path)).headers).toMatchObject({
      "upload-offset": "10000",
      "upload-length": "10000",
    });
  });

  it("is finished natively, by parts", async () => {
    const path = await tus.created({ "upload-length": String(20 * mebibyte) });
    const id = idOf(path);
    const { partSize: size } = await native.upload(path);
    const bytes = freshBytes(20 * mebibyte);
    await tus.patch(path, { offset: 0, bytes: bytes.subarray(0, 100_000) });
    for (let number = Math.ceil(bytes.length / size) - 1; number >= 0; number--) {
      const part = bytes.subarray(number * size, (number + 1) * size);
      expect((await putPart(id, { number, bytes: part })).status).toBe(200);
    }
    const { file } = await native.call<UploadInfo>("POST", `/uploads/${id}/complete`);
    expect((await native.content(file?.id ?? "")).equals(bytes)).toBe(true);
  });

  it("is paused and resumed natively; meanwhile tus PATCH is answered 423 and HEAD as ever", async () => {
    const bytes = freshBytes(1_000);
    const { name, path, id } = await beginTus(bytes);
    await tus.patch(path, { offset: 0, bytes: bytes.subarray(0, 400) });
    await native.call("POST", `/uploads/${id}/pause`);
    const rest = { offset: 400, bytes: bytes.subarray(400) };
    const refused = await tus.patch(path, rest);
    expect(refused.status).toBe(423);
    expect(refused.text).toMatch(/^upload-paused: /);
    expect((await tus.head(path)).headers["upload-offset"]).toBe("400");
    await native.call("POST", `/uploads/${id}/resume`);
    expect((await tus.patch(path, rest)).status).toBe(204);
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
  });

  it("is aborted natively: tus answers 410", async () => {
    const { path, id } = await beginTus(freshBytes(10));
    await native.call("DELETE", `/uploads/${id}`);
    expect((await tus.head(path)).status).toBe(410);
  });
});

describe("crossing: begun natively", () => {
  it("is seen and finished by tus", async () => {
    const bytes = freshBytes(3 * partSize + 5);
    const { name, path, id } = await beginNative(bytes);
    await putPart(id, { number: 0, bytes: bytes.subarray(0, partSize) });
    expect((await tus.head(path)).headers).toMatchObject({
      "upload-offset": String(partSize),
      "upload-length": String(bytes.length),
    });
    const rest = bytes.subarray(partSize);
    expect((await tus.patch(path, { offset: partSize, bytes: rest })).status).toBe(204);
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
    expect(await native.upload(path)).toMatchObject({ state: "complete", dialect: "native" });
  });

  it("tus PATCH: the offset it answers leaps over parts that are held already", async () => {
    const bytes = freshBytes(3 * partSize);
    const { name, path, id } = await beginNative(bytes);
    await putPart(id, { number: 1, bytes: bytes.subarray(partSize, 2 * partSize) });
    expect((await tus.head(path)).headers["upload-offset"]).toBe("0");
    const first = await tus.patch(path, { offset: 0, bytes: bytes.subarray(0, partSize) });
    expect(first.headers["upload-offset"]).toBe(String(2 * partSize));
    const rest = { offset: 2 * partSize, bytes: bytes.subarray(2 * partSize) };
    expect((await tus.patch(path, rest)).status).toBe(204);
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
  });

  it("tus PATCH: answers 409 to other bytes than those that are held", async () => {
    const bytes = freshBytes(3 * partSize);
    const { path, id } = await beginNative(bytes);
    await putPart(id, { number: 1, bytes: bytes.subarray(partSize, 2 * partSize) });
    const answer = await tus.patch(path, { offset: 0, bytes: Buffer.alloc(bytes.length, 7) });
    expect(answer.status).toBe(409);
    expect(answer.text).toMatch(/^part-conflict: /);
  });

  it("tus HEAD: an upload whose every byte is held is finished by being asked for", async () => {
    const bytes = freshBytes(1_000);
    const { name, path, id } = await beginNative(bytes);
    await putPart(id, { number: 0, bytes });
    expect(await native.filesNamed(name)).toEqual([]);
    expect((await tus.head(path)).headers["upload-offset"]).toBe("1000");
    expect((await native.contentOf(name)).equals(bytes)).toBe(true);
  });

  it("tus HEAD: a paused upload is not finished by being asked for, nor called finished", async () => {
    const bytes = freshBytes(1_000);
    const { name, path, id } = await beginNative(bytes);
    await putPart(id, { number: 0, bytes });
    await native.call("POST", `/uploads/${id}/pause`);
    const answer = await tus.head(path);
    expect(answer.status).toBe(423);
    expect(answer.headers["upload-offset"]).toBeUndefined();
    expect(await native.filesNamed(name)).toEqual([]);
  });

  it("tus PATCH and HEAD: bytes that are not what was declared are never called finished", async () => {
    const bytes = freshBytes(1_000);
    const other = sha256(freshBytes(10));
    const { name, path } = await beginNative(bytes, { digests: { sha256: other } });
    expect((await tus.patch(path, { offset: 0, bytes })).status).toBe(460);
    const head = await tus.head(path);
    expect(head.status).toBe(460);
    expect(head.headers["upload-offset"]).toBeUndefined();
    expect(await native.filesNamed(name)).toEqual([]);
  });

  it("tus PATCH: a name that was taken meanwhile is told, and not called finished", async () => {
    const bytes = freshBytes(1_000);
    const { name, path } = await beginNative(bytes);
    await tus.created({ "upload-length": "0", "upload-metadata": metadataOf({ filename: name }) });
    const answer = await tus.patch(path, { offset: 0, bytes });
    expect(answer.status).toBe(409);
    expect(answer.text).toMatch(/^name-taken: /);
    expect((await tus.head(path)).status).toBe(409);
  });
});
