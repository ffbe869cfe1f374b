/** M's short parts lie beside their upload, and everybody else sees one upload: its bytes, its state, its end. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { freshBytes, freshName, mebibyte, sha256 } from "../src/content.ts";
import { hex, jsonOf } from "../src/families/family.ts";
import { postParts, sendPart } from "../src/families/multipart-api.ts";
import { send } from "../src/http.ts";
import { speakNative } from "../src/native.ts";
import { isRemote, useServer } from "../src/server.ts";

const username = "owner";

describe.skipIf(isRemote)("an upload of short parts", () => {
  const server = useServer({ SAMPAN_SWEEP_INTERVAL_MS: "200" });
  const native = speakNative(server);
  const staged = () => readdir(join(server.dataFolder, "staging"));
  const reserved = async () => {
    const { account } = await native.call<{ account: { reservedBytes: number } }>("GET", "/server");
    return account.reservedBytes;
  };
  const begin = async (size = 4 * mebibyte) => {
    const bytes = freshBytes(size);
    const file = { username, filehash: hex("sha1", bytes), filesize: String(size) };
    const answer = await postParts(server, { call: "init", fields: file });
    const { UploadID: id } = jsonOf(answer)["data"] as { UploadID: string };
    const send = (index: number, body: Buffer) =>
      sendPart(server, { username, uploadid: id, index, body });
    const filename = freshName();
    const complete = () =>
      postParts(server, { call: "complete", fields: { ...file, filename, uploadid: id } });
    const halves = [bytes.subarray(0, mebibyte), bytes.subarray(mebibyte)] as const;
    return { id, bytes, send, complete, filename, halves };
  };
  const begunWithHalf = async () => {
    const upload = await begin();
    expect((await upload.send(1, upload.halves[0])).status).toBe(200);
    return upload;
  };

  it("is one in every list, with its bytes counted, and told of once", async () => {
    const { id } = await begunWithHalf();
    const listed = await native.openUploads();
    expect(listed).toEqual([
      expect.objectContaining({ id, dialect: "multipart-api", receivedBytes: mebibyte }),
    ]);
    expect((await native.upload(id)).receivedBytes).toBe(mebibyte);
    const tasks = jsonOf(await send(server, { method: "GET", path: "/go-uploader/tasks" }));
    expect((tasks["data"] as { total: number }).total).toBe(1);
    const told = await native.call<{ items: { kind: string }[] }>(
      "GET",
      "/audit?kind=upload.created",
    );
    expect(told.items).toHaveLength(1);
    await native.call("DELETE", `/uploads/${id}`);
  });

  it.each([
    ["natively", (id: string) => native.call("DELETE", `/uploads/${id}`)],
    [
      "by its own cancel",
      (uploadid: string) => postParts(server, { call: "cancel", fields: { username, uploadid } }),
    ],
    [
      "in a batch",
      (id: string) => native.call("POST", "/uploads/batch", { action: "abort", ids: [id] }),
    ],
    [
      "through G",
      (id: string) => send(server, { method: "DELETE", path: `/go-uploader/tasks/${id}` }),
    ],
  ])("leaves nothing when it is aborted %s", async (_how, abort) => {
    const { id, send: part, halves } = await begunWithHalf();
    expect(await staged()).toHaveLength(2);
    await abort(id);
    expect(await staged()).toEqual([]);
    expect(await reserved()).toBe(0);
    expect((await part(2, halves[1])).status).toBe(410);
    expect(await native.openUploads()).toEqual([]);
  });

  it("refuses short parts too while it is paused, keeps what it has, and goes on", async () => {
    const upload = await begunWithHalf();
    await native.call("POST", `/uploads/${upload.id}/pause`);
    expect((await upload.send(2, upload.halves[1])).status).toBe(409);
    expect((await native.upload(upload.id)).receivedBytes).toBe(mebibyte);
    await server.kill();
    await server.start();
    await native.call("POST", `/uploads/${upload.id}/resume`);
    expect((await upload.send(2, upload.halves[1])).status).toBe(200);
    const done = await upload.complete();
    expect(done.status, done.text).toBe(200);
    expect(sha256(await native.contentOf(upload.filename))).toBe(sha256(upload.bytes));
    await expect.poll(staged).toEqual([]);
    expect(await reserved()).toBe(0);
  });

  it("leaves nothing when another dialect completes it from its own bytes", async () => {
    const upload = await begin(6 * mebibyte);
    // A short part in the place of a third: not of the file as the other dialect sends it.
    expect((await upload.send(3, upload.halves[0])).status).toBe(200);
    for (const [number, start] of [
      [0, 0],
      [1, 5 * mebibyte],
    ] as const)
      await native.sendPart(
        upload.id,
        number,
        upload.bytes.subarray(start, Math.min(upload.bytes.length, start + 5 * mebibyte)),
      );
    const done = await native.call<{ file: { id: string } }>(
      "POST",
      `/uploads/${upload.id}/complete`,
      {},
    );
    expect(sha256(await native.content(done.file.id))).toBe(sha256(upload.bytes));
    await expect.poll(staged, { timeout: 10_000 }).toEqual([]);
    expect(await reserved()).toBe(0);
  });

  it("is one however many short parts come at once", async () => {
    const bytes = freshBytes(20_000);
    const file = { username, filehash: hex("sha1", bytes), filesize: String(bytes.length) };
    const answer = await postParts(server, { call: "init", fields: file });
    const { UploadID: uploadid } = jsonOf(answer)["data"] as { UploadID: string };
    const sent = await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const body = bytes.subarray(i * 1_000, (i + 1) * 1_000);
        return sendPart(server, { username, uploadid, index: i + 1, body });
      }),
    );
    for (const { status, text } of sent) expect(status, text).toBe(200);
    expect(await staged()).toHaveLength(2);
    const filename = freshName();
    const fields = { ...file, filename, uploadid };
    expect((await postParts(server, { call: "complete", fields })).status).toBe(200);
    expect(sha256(await native.contentOf(filename))).toBe(sha256(bytes));
  });
});
