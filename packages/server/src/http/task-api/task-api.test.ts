import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../testing/server.ts";

const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");

describe("task API", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({});
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const url = (path: string) => `http://127.0.0.1:${server.port}${path}`;
  const auth = () => ({ authorization: `Bearer ${server.token}` });
  const post = (path: string, json: unknown) =>
    fetch(url(path), { method: "POST", headers: auth(), body: JSON.stringify(json) });
  const sendChunk = (parts: [string, string | Uint8Array][]) => {
    const form = new FormData();
    for (const [name, value] of parts) {
      if (typeof value === "string") form.append(name, value);
      else form.append(name, new Blob([Uint8Array.from(value)]), "blob");
    }
    return fetch(url("/api/uploadChunk"), { method: "POST", headers: auth(), body: form });
  };

  it.each(["fields first", "file first"])("takes chunks with the %s", async (order) => {
    const content = Buffer.from(`${order} `.repeat(300_000));
    const size = Math.ceil(content.length / 3) + 7;
    const chunks = [0, 1, 2].map((i) => content.subarray(i * size, (i + 1) * size));
    const created = await post("/api/createUploadTask", {
      fileName: `${order}.txt`,
      fileSize: content.length,
      totalChunks: 3,
      fileHash: md5(content),
      chunkHashes: chunks.map(md5),
    });
    expect(created.status).toBe(200);
    const { task_id } = (await created.json()) as { task_id: string };
    const early = await post("/api/mergeChunks", { task_id });
    expect([early.status, await early.json()]).toMatchObject([409, { missing: [0, 1, 2] }]);
    const answers = await Promise.all(
      [2, 0, 1, 1].map((i) => {
        const fields: [string, string][] = [
          ["task_id", task_id],
          ["chunk_index", String(i)],
          ["chunk_hash", md5(chunks[i]!)],
        ];
        const file: [string, Uint8Array] = ["file_chunk", chunks[i]!];
        return sendChunk(order === "fields first" ? [...fields, file] : [file, ...fields]);
      }),
    );
    for (const answer of answers) expect([answer.status, await answer.text()]).toEqual([200, ""]);
    const merges = await Promise.all(
      Array.from({ length: 10 }, () => post("/api/mergeChunks", { task_id })),
    );
    const bodies = await Promise.all(merges.map((merge) => merge.text()));
    expect(new Set(merges.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(bodies).size).toBe(1);
    const { download_url } = JSON.parse(bodies[0]!) as { download_url: string };
    expect(download_url).toMatch(/^\/uploads\//);
    const file = await fetch(url(download_url), { headers: { ...auth(), range: "bytes=5-9" } });
    expect([file.status, await file.text()]).toEqual([206, content.toString("utf8", 5, 10)]);
  });
});
