import type { Target } from "../server.ts";
import { cut, hex, jsonOf, postForm, postJson, type Family } from "./family.ts";

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
