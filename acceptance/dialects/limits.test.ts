/** Slow senders, and quotas that several race for, through every family that cuts files into chunks. */
import { describe, expect, it } from "vitest";
import { digest, freshBytes, freshName } from "../src/content.ts";
import { hex, type Family } from "../src/families/family.ts";
import { speakGoUploader } from "../src/families/go-uploader.ts";
import { speakMultipartApi } from "../src/families/multipart-api.ts";
import { putChunk, speakNetdisk, type Begun } from "../src/families/netdisk.ts";
import { speakTaskApi } from "../src/families/task-api.ts";
import { formOf, type FormPart } from "../src/form.ts";
import { open, send, type OpenRequest } from "../src/http.ts";
import { speakNative } from "../src/native.ts";
import { isRemote, useServer, type Server, type Target } from "../src/server.ts";

const speakers: [string, (target: Target) => Family][] = [
  ["task API", speakTaskApi],
  ["go-uploader API", speakGoUploader],
  ["multipart API", speakMultipartApi],
  ["netdisk", speakNetdisk],
];

/** A chunk whose sender stops in the middle: the head of its request, and what it has sent by then. */
type Stall = (server: Target, chunk: { id: string; bytes: Buffer }) => OpenRequest;

const stallForm =
  (path: string, fieldsOf: (chunk: { id: string; bytes: Buffer }) => FormPart[]): Stall =>
  (server, chunk) => {
    const { type, body } = formOf(fieldsOf(chunk));
    const headers = { "content-type": type, "content-length": String(body.length) };
    const request = open(server, { method: "POST", path, headers });
    void request.write(body.subarray(0, body.length - 50_000));
    return request;
  };

const stalls: Record<string, Stall> = {
  "task API": stallForm("/api/uploadChunk", ({ id, bytes }) => [
    { name: "task_id", data: id },
    { name: "chunk_index", data: "0" },
    { name: "chunk_hash", data: hex("md5", bytes) },
    { name: "file_chunk", filename: "x", data: bytes },
  ]),
  "go-uploader API": stallForm("/go-uploader/upload_chunk", ({ id, bytes }) => [
    { name: "file_id", data: id },
    { name: "chunk_index", data: "0" },
    { name: "file", filename: "x", data: bytes },
  ]),
  "multipart API": (server, { id, bytes }) => {
    const query = new URLSearchParams({ uploadid: id, index: "1" });
    const headers = { "content-length": String(bytes.length) };
    const path = `/file/mpupload/uppart?${query}`;
    const request = open(server, { method: "POST", path, headers });
    void request.write(bytes.subarray(0, 50_000));
    return request;
  },
  netdisk: (server, { id, bytes }) => {
    const headers = { "content-length": String(bytes.length) };
    const path = `/netdisk/uploads/${id}/chunks/0`;
    const request = open(server, { method: "PUT", path, headers });
    void request.write(bytes.subarray(0, 50_000));
    return request;
  },
};

describe.skipIf(isRemote)("a chunk whose sender stands still", () => {
  const server = useServer({
    SAMPAN_MIN_BYTES_PER_SECOND: "1000",
    SAMPAN_MIN_RATE_WINDOW_MS: "500",
  });
  const native = speakNative(server);

  it.each(speakers)("is refused with 408, and leaves nothing: %s", async (name, speak) => {
    const family = speak(server);
    const bytes = freshBytes(2 * family.chunkBytes);
    const transfer = await family.begin({ name: freshName(), bytes });
    // G begins its upload with the first chunk.
    if (name === "go-uploader API") expect((await transfer.send(1)).status).toBe(200);
    const id = await transfer.uploadId();
    const before = (await native.upload(id)).receivedBytes;
    const chunk = bytes.subarray(0, family.chunkBytes);
    const request = stalls[name]!(server, { id, bytes: chunk });
    const answer = await request.answer;
    expect([answer.status, family.refusal(answer)], answer.text).toEqual([408, "body-too-slow"]);
    expect((await native.upload(id)).receivedBytes).toBe(before);
    for (const index of [0, 1]) expect((await transfer.send(index)).status).toBe(200);
    expect((await transfer.finish()).status).toBe(200);
  });
});

describe.skipIf(isRemote)("a quota that ten race for", () => {
  const quota = 1_000_000;
  const each = 300_000;
  const poor = useServer({ SAMPAN_QUOTA_BYTES: String(quota), SAMPAN_MAX_OPEN_TASKS: "100" });
  const native = speakNative(poor);

  const begins: [string, (server: Server) => Promise<{ status: number; code: string }>][] = [
    [
      "task API",
      async (server) => {
        const fileHash = digest("md5", freshBytes(9)).toString("hex");
        const json = { fileName: freshName(), fileSize: each, totalChunks: 1, fileHash };
        const body = JSON.stringify({ ...json, chunkHashes: [fileHash] });
        return told(await send(server, { method: "POST", path: "/api/createUploadTask", body }));
      },
    ],
    [
      "multipart API",
      async (server) => {
        const filehash = digest("sha1", freshBytes(9)).toString("hex");
        const body = new URLSearchParams({ filehash, filesize: String(each) }).toString();
        const headers = { "content-type": "application/x-www-form-urlencoded" };
        const path = "/file/mpupload/init";
        return told(await send(server, { method: "POST", path, headers, body }));
      },
    ],
    [
      "netdisk",
      async (server) => {
        const sha1 = digest("sha1", freshBytes(9)).toString("hex");
        const body = JSON.stringify({ name: freshName(), size: each, sha1 });
        return told(await send(server, { method: "POST", path: "/netdisk/uploads", body }));
      },
    ],
    [
      "go-uploader API",
      async (server) => {
        const { type, body } = formOf([
          { name: "file_id", data: freshName() },
          { name: "file_name", data: freshName() },
          { name: "file_size", data: String(each) },
          { name: "total_chunks", data: "3" },
          { name: "chunk_index", data: "0" },
          { name: "file", filename: "x", data: freshBytes(each / 3) },
        ]);
        const headers = { "content-type": type };
        const path = "/go-uploader/upload_chunk";
        return told(await send(server, { method: "POST", path, headers, body }));
      },
    ],
  ];

  it.each(begins)("is kept exactly, and given back: %s", async (_name, begin) => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => begin(poor)));
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([200, 200, 200, ...Array.from({ length: 7 }, () => 507)]);
    for (const { status, code } of answers) if (status !== 200) expect(code).toBe("quota-exceeded");
    const opened = await native.openUploads();
    expect(opened).toHaveLength(3);
    for (const { id } of opened) await native.call("DELETE", `/uploads/${id}`);
    expect((await begin(poor)).status).toBe(200);
    for (const { id } of await native.openUploads()) await native.call("DELETE", `/uploads/${id}`);
  });

  function told({ status, text }: { status: number; text: string }) {
    const { code, data } = JSON.parse(text) as { code: unknown; data?: { error?: string } };
    return { status, code: data?.error ?? String(code) };
  }
});

describe("a file that is begun twice at once", () => {
  const server = useServer();
  const native = speakNative(server);

  it("is one upload in netdisk, into which the first two chunks go in parallel", async () => {
    for (let round = 0; round < 10; round++) {
      const bytes = freshBytes(200_000);
      const sha1 = hex("sha1", bytes);
      const file = { name: freshName(), size: bytes.length, sha1, chunk_size: 100_000 };
      const begin = async (): Promise<Begun> => {
        const body = JSON.stringify(file);
        const answer = await send(server, { method: "POST", path: "/netdisk/uploads", body });
        return (JSON.parse(answer.text) as { data: Begun }).data;
      };
      // As a client does whose workers each begin before they send what is theirs.
      const ids = await Promise.all(
        [0, 1, 0, 1].map(async (index) => {
          const { upload_id: id } = await begin();
          const body = bytes.subarray(index * 100_000, (index + 1) * 100_000);
          const sent = await putChunk(server, { id, index, body, sha1: hex("sha1", body) });
          expect(sent.status, sent.text).toBe(200);
          return id;
        }),
      );
      expect(new Set(ids).size).toBe(1);
      const path = `/netdisk/uploads/${ids[0]}/complete`;
      expect((await send(server, { method: "POST", path })).status).toBe(200);
      expect(await native.filesNamed(file.name)).toHaveLength(1);
    }
    expect(await native.openUploads()).toEqual([]);
  });
});
