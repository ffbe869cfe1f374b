import { send } from "../http.ts";
import type { Target } from "../server.ts";
import { cut, hex, jsonOf, postForm, postJson, type Family, type Transfer } from "./family.ts";

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
      // The same of every client that has this file, as the family's ids are: two that send it at once meet in one task.
      const fileId = `${hex("md5", Buffer.concat([Buffer.from(`${name}\n`), bytes]))}/file 一`;
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
