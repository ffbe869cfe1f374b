/** T, clause by clause, where it differs from the other families. */
import { describe, expect, it } from "vitest";
import { digest, freshBytes, freshName, sha256 } from "../src/content.ts";
import { speakTaskApi } from "../src/families/task-api.ts";
import { cut, postForm, postJson } from "../src/families/family.ts";
import { formOf } from "../src/form.ts";
import { open, send, type Ask } from "../src/http.ts";
import { speakNative } from "../src/native.ts";
import { isRemote, useServer, type Target } from "../src/server.ts";

const md5 = (bytes: Uint8Array) => digest("md5", bytes).toString("hex");
const jsonOf = ({ text }: { text: string }) => JSON.parse(text) as Record<string, unknown>;

interface Draft {
  name?: string;
  hash?: (bytes: Uint8Array) => string;
}

async function create(
  target: Target,
  chunks: Buffer[],
  { name = freshName(), hash = md5 }: Draft = {},
) {
  const bytes = Buffer.concat(chunks);
  const answer = await postJson(target, "/api/createUploadTask", {
    fileName: name,
    fileSize: bytes.length,
    totalChunks: chunks.length,
    fileHash: hash(bytes),
    chunkHashes: chunks.map((chunk) => hash(chunk)),
  });
  return {
    answer,
    name,
    bytes,
    id: answer.status === 200 ? String(jsonOf(answer)["task_id"]) : "",
  };
}

type Piece = "task_id" | "chunk_index" | "chunk_hash" | "file_chunk";
const usual: Piece[] = ["task_id", "chunk_index", "chunk_hash", "file_chunk"];

function sendChunk(
  target: Target,
  {
    id,
    index,
    bytes,
    hash = md5(bytes),
    order = usual,
  }: { id: string; index: number; bytes: Buffer; hash?: string; order?: Piece[] },
) {
  const parts = {
    task_id: { name: "task_id", data: id },
    chunk_index: { name: "chunk_index", data: String(index) },
    chunk_hash: { name: "chunk_hash", data: hash },
    file_chunk: { name: "file_chunk", filename: "../../etc/passwd", data: bytes },
  };
  return postForm(
    target,
    "/api/uploadChunk",
    order.map((piece) => parts[piece]),
  );
}

describe("task API", () => {
  const server = useServer({ SAMPAN_MAX_OPEN_TASKS: "500" });
  const native = speakNative(server);

  it.each([
    ["in the usual order", usual],
    ["with the chunk first", usual.toReversed()],
    [
      "with the chunk in the middle",
      ["task_id", "file_chunk", "chunk_hash", "chunk_index"] as Piece[],
    ],
  ])("uploadChunk: takes fields %s, and large chunks in any of them", async (_why, order) => {
    const chunks = cut(freshBytes(9_000_000), 4_000_003);
    const { id, bytes } = await create(server, chunks);
    for (const index of [2, 0, 1]) {
      const answer = await sendChunk(server, { id, index, bytes: chunks[index]!, order });
      expect([answer.status, answer.text]).toEqual([200, ""]);
    }
    const merged = await postJson(server, "/api/mergeChunks", { task_id: id });
    const path = String(jsonOf(merged)["download_url"]);
    expect(path).toMatch(/^\/uploads\/./);
    const whole = await send(server, { method: "GET", path });
    expect(sha256(whole.body)).toBe(sha256(bytes));
    const part = await send(server, {
      method: "GET",
      path,
      headers: { range: "bytes=3999990-4000010" },
    });
    expect(part.status).toBe(206);
    expect(part.body.equals(bytes.subarray(3_999_990, 4_000_011))).toBe(true);
    expect((await send(server, { method: "GET", path, token: null })).status).toBe(401);
  });

  it.each([
    ["MD5", md5],
    ["SHA-1", (bytes: Uint8Array) => digest("sha1", bytes).toString("hex")],
    ["SHA-256 in capitals", (bytes: Uint8Array) => sha256(bytes).toUpperCase()],
  ])("takes digests in %s", async (_name, hash) => {
    const chunks = cut(freshBytes(3_000), 1_000);
    const { id, name, bytes } = await create(server, chunks, { hash });
    for (const [index, chunk] of chunks.entries()) {
      expect((await sendChunk(server, { id, index, bytes: chunk, hash: hash(chunk) })).status).toBe(
        200,
      );
    }
    expect((await postJson(server, "/api/mergeChunks", { task_id: id })).status).toBe(200);
    expect(sha256(await native.contentOf(name))).toBe(sha256(bytes));
  });

  it.each([
    ["fixed chunks and a short last one", [1_000, 1_000, 1]],
    ["even chunks", [667, 667, 667]],
    ["chunks rounded down, the last one longer", [666, 666, 669]],
  ])("learns the chunk size from the first chunk, whichever it is: %s", async (_why, lengths) => {
    for (const first of [0, 1, 2]) {
      const chunks = lengths.map((length) => freshBytes(length));
      const { id, name, bytes } = await create(server, chunks);
      for (const index of [first, ...[0, 1, 2].filter((i) => i !== first)]) {
        const answer = await sendChunk(server, { id, index, bytes: chunks[index]! });
        expect(answer.status, answer.text).toBe(200);
      }
      expect((await postJson(server, "/api/mergeChunks", { task_id: id })).status).toBe(200);
      expect(sha256(await native.contentOf(name))).toBe(sha256(bytes));
    }
  });

  it("uploadChunk: answers 422 to bytes of another digest, and to a digest that was not declared", async () => {
    const chunks = cut(freshBytes(2_000), 1_000);
    const { id } = await create(server, chunks);
    const other = freshBytes(1_000);
    const wrong = await sendChunk(server, { id, index: 0, bytes: other, hash: md5(chunks[0]!) });
    expect([wrong.status, jsonOf(wrong)["code"]]).toEqual([422, "digest-mismatch"]);
    const undeclared = await sendChunk(server, { id, index: 0, bytes: other });
    expect([undeclared.status, jsonOf(undeclared)["code"]]).toEqual([422, "digest-mismatch"]);
    expect(await native.upload(id)).toMatchObject({ receivedBytes: 0 });
    expect((await sendChunk(server, { id, index: 0, bytes: chunks[0]! })).status).toBe(200);
    // Damaged on its way, and held already: what is held is not in question.
    const damaged = await sendChunk(server, { id, index: 0, bytes: other, hash: md5(chunks[0]!) });
    expect([damaged.status, jsonOf(damaged)["code"]]).toEqual([422, "digest-mismatch"]);
    expect((await sendChunk(server, { id, index: 0, bytes: chunks[0]! })).status).toBe(200);
  });

  it("createUploadTask: is the same task as long as it is open", async () => {
    const chunks = cut(freshBytes(2_000), 1_000);
    const ids = await Promise.all(
      Array.from({ length: 5 }, () => create(server, chunks, { name: "same.bin" })),
    );
    expect(new Set(ids.map(({ id }) => id)).size).toBe(1);
    expect((await create(server, chunks, { name: "other.bin" })).id).not.toBe(ids[0]!.id);
  });

  it("mergeChunks: needs no chunk of what its owner has", async () => {
    const chunks = cut(freshBytes(2_000), 1_000);
    const first = await create(server, chunks);
    for (const [index, bytes] of chunks.entries())
      await sendChunk(server, { id: first.id, index, bytes });
    await postJson(server, "/api/mergeChunks", { task_id: first.id });
    for (const name of [first.name, freshName()]) {
      const { id, bytes } = await create(server, chunks, { name });
      const merged = await postJson(server, "/api/mergeChunks", { task_id: id });
      expect(merged.status, merged.text).toBe(200);
      expect(await native.filesNamed(name)).toHaveLength(1);
      expect(sha256(await native.contentOf(name))).toBe(sha256(bytes));
    }
  });

  it.each(["HEAD", "GET"])(
    "%s /api/ping: answers 200 without a body, to anybody",
    async (method) => {
      const answer = await send(server, { method, path: "/api/ping", token: null });
      expect([answer.status, answer.text]).toEqual([200, ""]);
    },
  );

  it("uploadChunk: a body that is cut leaves nothing", async () => {
    const chunks = cut(freshBytes(2_000_000), 1_000_000);
    const { id } = await create(server, chunks);
    await sendChunk(server, { id, index: 1, bytes: chunks[1]! });
    const head = `--B\r\nContent-Disposition: form-data; name="task_id"\r\n\r\n${id}\r\n--B\r\nContent-Disposition: form-data; name="chunk_index"\r\n\r\n0\r\n--B\r\nContent-Disposition: form-data; name="chunk_hash"\r\n\r\n${md5(chunks[0]!)}\r\n--B\r\nContent-Disposition: form-data; name="file_chunk"; filename="x"\r\n\r\n`;
    const headers = {
      "content-type": "multipart/form-data; boundary=B",
      "content-length": "1001000",
    };
    const request = open(server, { method: "POST", path: "/api/uploadChunk", headers });
    await request.write(Buffer.from(head));
    await request.write(chunks[0]!.subarray(0, 900_000));
    request.cut();
    await expect.poll(async () => (await native.upload(id)).receivedBytes).toBe(1_000_000);
    expect((await sendChunk(server, { id, index: 0, bytes: chunks[0]! })).status).toBe(200);
  });
});

describe.skipIf(isRemote)("task API with limits", () => {
  const server = useServer({ SAMPAN_MAX_CHUNKS_PER_USER: "1", SAMPAN_MAX_WAITING_CHUNKS: "0" });

  it("answers 429 with Retry-After to a sixth open task, and to more chunks than may be in flight", async () => {
    const tasks = [];
    for (let i = 0; i < 5; i++) tasks.push(await create(server, [freshBytes(10)]));
    const sixth = await create(server, [freshBytes(10)]);
    expect([sixth.answer.status, jsonOf(sixth.answer)["code"]]).toEqual([429, "too-many-uploads"]);
    expect(Number(sixth.answer.headers["retry-after"])).toBeGreaterThan(0);
    const { id, bytes } = tasks[0]!;
    const headers = { "content-type": "multipart/form-data; boundary=B", "content-length": "100" };
    const slow = open(server, { method: "POST", path: "/api/uploadChunk", headers });
    await slow.write(Buffer.from("--B\r\n"));
    await expect
      .poll(async () => (await sendChunk(server, { id, index: 0, bytes })).status)
      .toBe(429);
    expect((await send(server, { method: "HEAD", path: "/api/ping" })).status).toBe(200);
    slow.cut();
    await expect
      .poll(async () => (await sendChunk(server, { id, index: 0, bytes })).status)
      .toBe(200);
    await postJson(server, "/api/mergeChunks", { task_id: id });
    expect((await create(server, [freshBytes(10)])).answer.status).toBe(200);
  });
});

describe.skipIf(isRemote)("task API without accounts", () => {
  const server = useServer({ SAMPAN_COMPAT_ANONYMOUS: "true" });

  it("writes to the inbox, and shows it to nobody who has another account", async () => {
    const stranger: Target = {
      get url() {
        return server.url;
      },
      token: "",
    };
    const anonymous = (path: string, json: unknown) =>
      send(stranger, { method: "POST", path, token: null, body: JSON.stringify(json) });
    const created = await anonymous("/api/createUploadTask", {
      fileName: "inbox.txt",
      fileSize: 0,
      totalChunks: 0,
      fileHash: md5(Buffer.alloc(0)),
      chunkHashes: [],
    });
    const { task_id } = jsonOf(created) as { task_id: string };
    const merged = await anonymous("/api/mergeChunks", { task_id });
    expect(merged.status).toBe(200);
    expect((await postJson(server, "/api/mergeChunks", { task_id })).status).toBe(404);
    const wrong = await send(server, { method: "POST", path: "/api/mergeChunks", token: "wrong" });
    expect(wrong.status).toBe(401);
    const native = await send(server, { method: "GET", path: "/api/v1/uploads", token: null });
    expect(native.status).toBe(401);
  });

  it("gives what came through the go-uploader API to whoever follows its download_url", async () => {
    const stranger: Target = {
      get url() {
        return server.url;
      },
      get token(): string {
        throw new Error("nobody here has one");
      },
    };
    const bytes = freshBytes(1000);
    const fields = { file_id: freshName(), file_name: "名.bin", file_size: "1000" };
    const { type, body } = formOf([
      ...Object.entries({ ...fields, total_chunks: "1", chunk_index: "0" }).map(([name, data]) => ({
        name,
        data,
      })),
      { name: "file", filename: "blob", data: bytes },
    ]);
    const path = (rest: string) => `/go-uploader/${rest}`;
    const ask = (method: string, at: string, more: Partial<Ask> = {}) =>
      send(stranger, { method, path: at, token: null, ...more });
    const sent = await ask("POST", path("upload_chunk"), {
      headers: { "content-type": type },
      body,
    });
    expect(sent.status, sent.text).toBe(200);
    const json = JSON.stringify({ file_id: fields.file_id });
    const merged = await ask("POST", path("merge_chunks"), { body: json });
    const shown = await ask("GET", path(`tasks/${fields.file_id}`));
    for (const { text } of [merged, shown]) {
      const { data } = JSON.parse(text) as { data: { download_url: string } };
      const file = await ask("GET", data.download_url);
      expect([file.status, sha256(file.body)]).toEqual([200, sha256(bytes)]);
    }
  });
});

describe("a stock client of the task API, in another user's place", () => {
  const server = useServer();
  it("is refused without a token before its body is read", async () => {
    const family = speakTaskApi({ url: "", token: "" });
    expect(family.name).toBe("task API");
    const headers = {
      expect: "100-continue",
      "content-type": "multipart/form-data; boundary=B",
      "content-length": "1000000",
    };
    const request = open(server, {
      method: "POST",
      path: "/api/uploadChunk",
      token: null,
      headers,
    });
    expect((await request.answer).status).toBe(401);
  });
});
