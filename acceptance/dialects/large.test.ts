/** Two gibibytes through a server that is killed in the middle: every acknowledged chunk counts, and the same bytes come back. */
import { describe, expect, it } from "vitest";
import { freshName, mebibyte } from "../src/content.ts";
import { jsonOf, postForm, postJson } from "../src/families/family.ts";
import { putChunk, type Begun } from "../src/families/netdisk.ts";
import { send } from "../src/http.ts";
import { digestChunks, digestDownload, makeLargeFile, workThrough } from "../src/large-file.ts";
import { isRemote, useServer } from "../src/server.ts";

const size = 2 * 1024 * mebibyte;

describe.skipIf(isRemote)("a file of 2 GiB", () => {
  describe("by the task API, in chunks of 8 MiB", () => {
    const server = useServer();

    it("is whole after kill -9 in the middle", { timeout: 300_000 }, async () => {
      const chunkBytes = 8 * mebibyte;
      const file = makeLargeFile(size);
      const { whole, chunks } = digestChunks(file, { chunkBytes, algorithm: "sha256" });
      const fileName = freshName();
      const create = async (): Promise<string> => {
        const answer = await postJson(server, "/api/createUploadTask", {
          fileName,
          fileSize: size,
          totalChunks: chunks.length,
          fileHash: whole,
          chunkHashes: chunks,
        });
        expect(answer.status, answer.text).toBe(200);
        return String(jsonOf(answer)["task_id"]);
      };
      const id = await create();
      const acknowledged = new Set<number>();
      const upload = async (index: number): Promise<void> => {
        const answer = await postForm(server, "/api/uploadChunk", [
          { name: "task_id", data: id },
          { name: "chunk_index", data: String(index) },
          { name: "chunk_hash", data: chunks[index]! },
          {
            name: "file_chunk",
            filename: "blob",
            data: file.read(index * chunkBytes, (index + 1) * chunkBytes),
          },
        ]);
        if (answer.status !== 200) throw new Error(answer.text);
        acknowledged.add(index);
        if (acknowledged.size === chunks.length / 2) await server.kill();
      };
      const all = chunks.map((_, index) => index);
      const failed = await workThrough(all, { atOnce: 4, work: upload });
      expect(failed.length).toBeGreaterThan(chunks.length / 3);
      await server.start();

      // A client that knows nothing any more: the same creation is the same task.
      expect(await create()).toBe(id);
      const early = await postJson(server, "/api/mergeChunks", { task_id: id });
      expect(early.status).toBe(409);
      const missing = jsonOf(early)["missing"] as number[];
      expect(missing.filter((index) => acknowledged.has(index))).toEqual([]);
      expect(await workThrough(missing, { atOnce: 4, work: upload })).toEqual([]);
      const merged = await postJson(server, "/api/mergeChunks", { task_id: id });
      expect(merged.status, merged.text).toBe(200);
      const path = String(jsonOf(merged)["download_url"]);
      const read = await digestDownload(server, { path, algorithm: "sha256" });
      expect(read).toEqual({ size, digest: whole });
    });
  });

  describe("by netdisk, in its chunks of 100 MiB", () => {
    const server = useServer();

    it("is whole after kill -9 in the middle", { timeout: 300_000 }, async () => {
      const chunkBytes = 100 * mebibyte;
      const file = makeLargeFile(size);
      const { whole, chunks } = digestChunks(file, { chunkBytes, algorithm: "sha1" });
      const json = { name: freshName(), size, sha1: whole };
      const begin = async (): Promise<Begun> => {
        const answer = await postJson(server, "/netdisk/uploads", json);
        expect(answer.status, answer.text).toBe(200);
        return jsonOf(answer)["data"] as Begun;
      };
      const { upload_id: id, chunk_size: told } = await begin();
      expect(told).toBe(chunkBytes);
      const acknowledged = new Set<number>();
      const upload = async (index: number): Promise<void> => {
        const start = index * chunkBytes;
        const body = file.read(start, Math.min(size, start + chunkBytes));
        const answer = await putChunk(server, { id, index, body, sha1: chunks[index]! });
        if (answer.status !== 200) throw new Error(answer.text);
        acknowledged.add(index);
        if (acknowledged.size === 10) await server.kill();
      };
      const all = chunks.map((_, index) => index);
      const failed = await workThrough(all, { atOnce: 2, work: upload });
      expect(failed.length).toBeGreaterThan(5);
      await server.start();

      const { upload_id: again, flags } = await begin();
      expect(again).toBe(id);
      const missing = all.filter((index) => flags[index] === "0");
      expect(missing.filter((index) => acknowledged.has(index))).toEqual([]);
      expect(await workThrough(missing, { atOnce: 2, work: upload })).toEqual([]);
      const done = await send(server, { method: "POST", path: `/netdisk/uploads/${id}/complete` });
      expect(done.status, done.text).toBe(200);
      const path = `/netdisk/files/${whole}`;
      const read = await digestDownload(server, { path, algorithm: "sha1" });
      expect(read).toEqual({ size, digest: whole });
    });
  });
});
