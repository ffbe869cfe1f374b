/**
 * Clients of three families, each written from its contract alone: what a user of such a system has already. One shape for all, so that
 * the same stories can be told of each.
 */
import { randomBytes } from "node:crypto";
import { digest } from "./content.ts";
import { formOf, type FormPart } from "./form.ts";
import { send, type Answer } from "./http.ts";
import type { Target } from "./server.ts";

export interface Transfer {
  /** The upload's id in the native API. */
  uploadId(): Promise<string>;
  readonly chunks: number;
  send(index: number): Promise<Answer>;
  /** Says that these are the bytes of the chunk, with the digest of the right ones where one is sent. */
  sendBytes(index: number, bytes: Uint8Array): Promise<Answer>;
  finish(): Promise<Answer>;
  /** What a client that lost everything but its file does before it goes on: the same transfer, again. */
  again(): Promise<Transfer>;
}

export interface Family {
  readonly name: string;
  readonly chunkBytes: number;
  begin(file: { name: string; bytes: Buffer }): Promise<Transfer>;
  /** Chunk indices (from 0) that a refused finish says are missing. */
  missing(answer: Answer): number[];
  /** The stable code of a refusal, and whether it has this family's shape. */
  refusal(answer: Answer): string;
}

const hex = (algorithm: "md5" | "sha1" | "sha256", bytes: Uint8Array): string =>
  digest(algorithm, bytes).toString("hex");

export function cut(bytes: Buffer, chunkBytes: number): Buffer[] {
  const count = Math.max(1, Math.ceil(bytes.length / chunkBytes));
  return Array.from({ length: count }, (_, i) =>
    bytes.subarray(i * chunkBytes, (i + 1) * chunkBytes),
  );
}

const jsonOf = (answer: Answer): Record<string, unknown> =>
  JSON.parse(answer.text) as Record<string, unknown>;

export function postJson(target: Target, path: string, json: unknown): Promise<Answer> {
  const headers = { "content-type": "application/json" };
  return send(target, { method: "POST", path, headers, body: JSON.stringify(json) });
}

export function postForm(
  target: Target,
  path: string,
  parts: readonly FormPart[],
): Promise<Answer> {
  const { type, body } = formOf(parts);
  return send(target, { method: "POST", path, headers: { "content-type": type }, body });
}

export function speakTaskApi(target: Target): Family {
  const chunkBytes = 700_001;
  const family: Family = {
    name: "task API",
    chunkBytes,
    missing: (answer) => jsonOf(answer)["missing"] as number[],
    refusal(answer) {
      const { error, code } = jsonOf(answer);
      if (typeof error !== "string" || error === "") throw new Error(`no error: ${answer.text}`);
      return String(code);
    },
    async begin({ name, bytes }) {
      const chunks = cut(bytes, chunkBytes);
      const hashes = chunks.map((chunk) => hex("md5", chunk));
      const created = await postJson(target, "/api/createUploadTask", {
        fileName: name,
        fileSize: bytes.length,
        totalChunks: chunks.length,
        fileHash: hex("md5", bytes),
        chunkHashes: hashes,
      });
      if (created.status !== 200)
        throw new Error(`create answered ${created.status}: ${created.text}`);
      const id = String(jsonOf(created)["task_id"]);
      const sendBytes = (index: number, data: Uint8Array) =>
        postForm(target, "/api/uploadChunk", [
          { name: "task_id", data: id },
          { name: "chunk_index", data: String(index) },
          { name: "chunk_hash", data: hashes[index]! },
          { name: "file_chunk", filename: "blob", data },
        ]);
      return {
        chunks: chunks.length,
        uploadId: () => Promise.resolve(id),
        sendBytes,
        send: (index) => sendBytes(index, chunks[index]!),
        finish: () => postJson(target, "/api/mergeChunks", { task_id: id }),
        again: () => family.begin({ name, bytes }),
      };
    },
  };
  return family;
}

export function speakGoUploader(target: Target): Family {
  const chunkBytes = 600_007;
  const family: Family = {
    name: "go-uploader API",
    chunkBytes,
    missing: (answer) => (jsonOf(answer)["data"] as { missing: number[] }).missing,
    refusal(answer) {
      const { code, category, retryable, data } = jsonOf(answer);
      const isShaped =
        typeof code === "number" &&
        code !== 0 &&
        typeof category === "string" &&
        typeof retryable === "boolean";
      if (!isShaped) throw new Error(`not this family's shape: ${answer.text}`);
      return (data as { error: string }).error;
    },
    begin({ name, bytes }) {
      const chunks = cut(bytes, chunkBytes);
      const fileId = `${randomBytes(6).toString("hex")}/file 一`;
      const fileMd5 = hex("md5", bytes);
      const path = `/go-uploader/tasks/${encodeURIComponent(fileId)}`;
      const sendBytes = (index: number, data: Uint8Array) =>
        postForm(target, "/go-uploader/upload_chunk", [
          { name: "file_id", data: fileId },
          { name: "file_name", data: name },
          { name: "chunk_index", data: String(index) },
          { name: "total_chunks", data: String(chunks.length) },
          { name: "file_size", data: String(bytes.length) },
          { name: "chunk_md5", data: hex("md5", chunks[index] ?? Buffer.alloc(0)) },
          { name: "file", filename: name.replaceAll('"', ""), data },
        ]);
      const transfer: Transfer = {
        chunks: chunks.length,
        async uploadId() {
          const { data } = jsonOf(await send(target, { method: "GET", path }));
          return (data as { upload_id: string }).upload_id;
        },
        sendBytes,
        send: (index) => sendBytes(index, chunks[index]!),
        finish: () =>
          postJson(target, "/go-uploader/merge_chunks", {
            file_id: fileId,
            file_name: name,
            total_chunks: chunks.length,
            file_md5: fileMd5,
          }),
        again: () => Promise.resolve(transfer),
      };
      return Promise.resolve(transfer);
    },
  };
  return family;
}

/** `username` is that of the target's token. */
export function speakMultipartApi(target: Target, username = "owner"): Family {
  const family: Family = {
    name: "multipart API",
    chunkBytes: 5 * 1024 * 1024,
    missing: (answer) =>
      (jsonOf(answer)["data"] as { missing: number[] }).missing.map((i) => i - 1),
    refusal(answer) {
      const { code, msg, data } = jsonOf(answer);
      if (typeof code !== "number" || code === 0 || typeof msg !== "string")
        throw new Error(`not this family's shape: ${answer.text}`);
      return (data as { error: string }).error;
    },
    async begin({ name, bytes }) {
      const filehash = hex("sha1", bytes);
      const post = (call: string, fields: Record<string, string>) =>
        postParts(target, { call, fields: { username, ...fields } });
      const filesize = String(bytes.length);
      const answer = await post("init", { filehash, filesize });
      if (answer.status !== 200) throw new Error(`init answered ${answer.status}: ${answer.text}`);
      const { UploadID, ChunkSize } = jsonOf(answer)["data"] as {
        UploadID: string;
        ChunkSize: number;
      };
      const chunks = bytes.length === 0 ? [] : cut(bytes, ChunkSize);
      const sendBytes = (index: number, body: Uint8Array) =>
        sendPart(target, { username, uploadid: UploadID, index: index + 1, body });
      return {
        chunks: chunks.length,
        uploadId: () => Promise.resolve(UploadID),
        sendBytes,
        send: (index) => sendBytes(index, chunks[index]!),
        finish: () => post("complete", { filehash, filesize, filename: name, uploadid: UploadID }),
        again: () => family.begin({ name, bytes }),
      };
    },
  };
  return family;
}

export function postParts(
  target: Target,
  { call, fields }: { call: string; fields: Record<string, string> },
): Promise<Answer> {
  return send(target, {
    method: "POST",
    path: `/file/mpupload/${call}`,
    token: null,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ token: target.token, ...fields }).toString(),
  });
}

/** As the published client sends it: raw bytes that claim to be a form, without a boundary. */
export function sendPart(
  target: Target,
  {
    username,
    uploadid,
    index,
    body,
    type = "multipart/form-data",
  }: {
    username: string;
    uploadid: string;
    index: number | string;
    body: Uint8Array;
    type?: string;
  },
): Promise<Answer> {
  const query = new URLSearchParams({
    username,
    token: target.token,
    uploadid,
    index: String(index),
  });
  return send(target, {
    method: "POST",
    path: `/file/mpupload/uppart?${query}`,
    token: null,
    headers: { "content-type": type },
    body,
  });
}
