/** One upload, several dialects. */
import { describe, expect, it } from "vitest";
import { digest, freshBytes, freshName, mebibyte, sha256 } from "../src/content.ts";
import { speakGoUploader } from "../src/families/go-uploader.ts";
import { postParts, sendPart } from "../src/families/multipart-api.ts";
import { postForm, postJson } from "../src/families/family.ts";
import { send } from "../src/http.ts";
import { putChunk, speakNetdisk } from "../src/families/netdisk.ts";
import { driveClient } from "../src/drive-api.ts";
import { speakNative } from "../src/native.ts";
import { useServer } from "../src/server.ts";
import { metadataOf, speakTus } from "../src/tus.ts";

const username = "owner";
const md5 = (bytes: Uint8Array) => digest("md5", bytes).toString("hex");

describe("crossing", () => {
  const server = useServer();
  const native = speakNative(server);
  const tus = speakTus(server);
  const dataOf = async (path: string, method = "GET") => {
    const answer = await send(server, { method, path });
    expect(answer.status, answer.text).toBe(200);
    return (JSON.parse(answer.text) as { data: Record<string, unknown> }).data;
  };

  it("begins in M, goes on natively, and is finished by T", async () => {
    const bytes = freshBytes(12 * mebibyte);
    const init = await postParts(server, {
      call: "init",
      fields: { username, filehash: md5(bytes), filesize: String(bytes.length) },
    });
    const { data } = JSON.parse(init.text) as { data: { UploadID: string } };
    const uploadid = data.UploadID;
    const part = { username, uploadid, index: 1, body: bytes.subarray(0, 5 * mebibyte) };
    expect((await sendPart(server, part)).status).toBe(200);
    expect(await native.upload(uploadid)).toMatchObject({
      receivedBytes: 5 * mebibyte,
      partSize: 5 * mebibyte,
    });
    await native.sendPart(uploadid, 1, bytes.subarray(5 * mebibyte, 10 * mebibyte));
    expect(await dataOf(`/go-uploader/upload_status?file_id=${uploadid}`)).toMatchObject({
      uploaded_chunks: [0, 1],
      missing_chunks: [2],
      dialect: "multipart-api",
    });
    const tail = bytes.subarray(10 * mebibyte);
    const chunk = await postForm(server, "/api/uploadChunk", [
      { name: "task_id", data: uploadid },
      { name: "chunk_index", data: "2" },
      { name: "chunk_hash", data: sha256(tail) },
      { name: "file_chunk", filename: "x", data: tail },
    ]);
    expect(chunk.status, chunk.text).toBe(200);
    const merged = await postJson(server, "/api/mergeChunks", { task_id: uploadid });
    expect(merged.status, merged.text).toBe(200);
    const { download_url: path } = JSON.parse(merged.text) as { download_url: string };
    expect(sha256((await send(server, { method: "GET", path })).body)).toBe(sha256(bytes));
  });

  it("pauses a tus upload through G, and resumes it there", async () => {
    const bytes = freshBytes(2_000);
    const name = freshName();
    const path = await tus.created({
      "upload-length": String(bytes.length),
      "upload-metadata": metadataOf({ filename: name }),
    });
    const id = path.slice(path.lastIndexOf("/") + 1);
    expect((await tus.patch(path, { offset: 0, bytes: bytes.subarray(0, 500) })).status).toBe(204);
    expect(await dataOf(`/go-uploader/tasks/${id}/pause`, "POST")).toMatchObject({
      state: "paused",
      uploaded_bytes: 500,
    });
    expect((await tus.patch(path, { offset: 500, bytes: bytes.subarray(500) })).status).toBe(423);
    expect(await dataOf(`/go-uploader/tasks/${id}/resume`, "POST")).toMatchObject({
      state: "receiving",
    });
    expect((await tus.patch(path, { offset: 500, bytes: bytes.subarray(500) })).status).toBe(204);
    expect(await dataOf(`/go-uploader/tasks/${id}`)).toMatchObject({
      state: "complete",
      percent: 100,
    });
  });

  it("begins in G, goes on by tus, and is finished by G", async () => {
    const family = speakGoUploader(server);
    const file = { name: freshName(), bytes: freshBytes(2 * family.chunkBytes) };
    const transfer = await family.begin(file);
    expect((await transfer.send(0)).status).toBe(200);
    const path = `/files/${await transfer.uploadId()}`;
    const { headers } = await tus.head(path);
    expect(headers["upload-offset"]).toBe(String(family.chunkBytes));
    const rest = file.bytes.subarray(family.chunkBytes);
    expect((await tus.patch(path, { offset: family.chunkBytes, bytes: rest })).status).toBe(204);
    const merged = await transfer.finish();
    expect(merged.status, merged.text).toBe(200);
    expect(sha256(await native.contentOf(file.name))).toBe(sha256(file.bytes));
  });

  it("begins in N, goes on natively and in T, is finished by N, and read in D", async () => {
    const bytes = freshBytes(3 * mebibyte - 7);
    const name = freshName();
    const sha1 = digest("sha1", bytes).toString("hex");
    const file = { name, size: bytes.length, sha1, chunk_size: mebibyte };
    const begun = await postJson(server, "/netdisk/uploads", file);
    const { upload_id: id } = (JSON.parse(begun.text) as { data: { upload_id: string } }).data;
    const pieces = [0, 1, 2].map((i) => bytes.subarray(i * mebibyte, (i + 1) * mebibyte));
    const first = { id, index: 0, sha1: digest("sha1", pieces[0]!).toString("hex") };
    expect((await putChunk(server, { ...first, body: pieces[0]! })).status).toBe(200);
    await native.sendPart(id, 1, pieces[1]!);
    expect(await dataOf(`/netdisk/uploads/${id}`)).toMatchObject({ flags: "110" });
    expect(await dataOf(`/go-uploader/upload_status?file_id=${id}`)).toMatchObject({
      missing_chunks: [2],
      dialect: "netdisk",
    });
    const chunk = await postForm(server, "/api/uploadChunk", [
      { name: "task_id", data: id },
      { name: "chunk_index", data: "2" },
      { name: "chunk_hash", data: sha256(pieces[2]!) },
      { name: "file_chunk", filename: "x", data: pieces[2]! },
    ]);
    expect(chunk.status, chunk.text).toBe(200);
    const done = await postJson(server, `/netdisk/uploads/${id}/complete`, {});
    expect(done.status, done.text).toBe(200);
    const drive = driveClient(server, { username, token: server.token });
    expect(await drive.files()).toContainEqual(
      expect.objectContaining({ FileName: name, FileHash: sha1, FileSize: bytes.length }),
    );
    const read = await drive.get("/file/download", { filehash: sha1 });
    expect(sha256(read.body)).toBe(sha256(bytes));
  });

  it("needs no byte in T, M and N of what D has stored", async () => {
    const bytes = freshBytes(2 * mebibyte);
    const drive = driveClient(server, { username, token: server.token });
    expect((await drive.upload(freshName(), bytes)).status).toBe(200);
    const sha1 = digest("sha1", bytes).toString("hex");
    const size = bytes.length;
    const again = await postJson(server, "/netdisk/uploads", { name: freshName(), size, sha1 });
    expect(JSON.parse(again.text)).toMatchObject({ data: { instant: true, file: { sha1 } } });
    const fields = { username, filehash: sha1, filesize: String(size) };
    const init = await postParts(server, { call: "init", fields });
    const { data } = JSON.parse(init.text) as { data: { UploadID: string; Instant: boolean } };
    expect(data.Instant).toBe(true);
    const filename = freshName();
    const finish = { ...fields, filename, uploadid: data.UploadID };
    expect((await postParts(server, { call: "complete", fields: finish })).status).toBe(200);
    const created = await postJson(server, "/api/createUploadTask", {
      fileName: freshName(),
      fileSize: size,
      totalChunks: 1,
      fileHash: sha1,
      chunkHashes: [sha1],
    });
    const merged = await postJson(server, "/api/mergeChunks", JSON.parse(created.text));
    expect(merged.status, merged.text).toBe(200);
    expect(sha256(await native.contentOf(filename))).toBe(sha256(bytes));
  });

  it("pauses an N upload through G, lists it natively by its dialect, and ends it there", async () => {
    const family = speakNetdisk(server);
    const file = { name: freshName(), bytes: freshBytes(2 * family.chunkBytes) };
    const transfer = await family.begin(file);
    expect((await transfer.send(0)).status).toBe(200);
    const id = await transfer.uploadId();
    await dataOf(`/go-uploader/tasks/${id}/pause`, "POST");
    const refused = await transfer.send(1);
    expect([refused.status, family.refusal(refused)]).toEqual([409, "upload-paused"]);
    const listed = await native.call<{ items: object[] }>(
      "GET",
      "/uploads?dialect=netdisk&state=paused",
    );
    expect(listed.items).toEqual([
      expect.objectContaining({ id, receivedBytes: family.chunkBytes, dialect: "netdisk" }),
    ]);
    await native.call("POST", "/uploads/batch", { action: "abort", ids: [id] });
    const late = await transfer.send(1);
    expect([late.status, family.refusal(late)]).toEqual([410, "upload-aborted"]);
  });
});
