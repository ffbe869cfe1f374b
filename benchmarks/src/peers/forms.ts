/**
 * Chunks as the files of forms: Sampan's task API, and multer on Node's server, which keeps each as a file and hashes nothing, until it is
 * told to merge them the naive way.
 */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { MiB, slice, type Content } from "../content.ts";
import { answers, ask, expectStatus, parseObject } from "../http.ts";
import type { Send } from "../load.ts";
import { runLoad } from "../loader.ts";
import { freePort, startProcess, waitUntilReady } from "../process.ts";
import { expectReplies, type Contender, type Server, type Upload, type Work } from "./contender.ts";
import { completeUpload, createUpload, findStored, putParts, sampanBase } from "./sampan.ts";

export const chunkBytes = 8 * MiB;
const inFlight = 4;
/** As long as a browser's: it decides how fast one can be looked for. */
const boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW0";

interface Chunk {
  readonly index: number;
  readonly bytes: Buffer;
}

/** Anew each time: ten gibibytes of them do not lie in memory. */
function* cut(work: Work, content: Content): Generator<Chunk> {
  const fd = openSync(work.pool.file, "r");
  try {
    for (let index = 0; index * chunkBytes < content.size; index++) {
      const start = index * chunkBytes;
      const { range, tail } = slice(content, start, Math.min(chunkBytes, content.size - start));
      const bytes = Buffer.alloc(range.length + tail.length);
      readSync(fd, bytes, 0, range.length, range.offset);
      tail.copy(bytes, range.length);
      yield { index, bytes };
    }
  } finally {
    closeSync(fd);
  }
}

function onlyContent({ contents }: Work): Content {
  const [content] = contents;
  if (!content || contents.length > 1) throw new Error("chunks are of one content");
  return content;
}

interface Form {
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly chunk: Chunk;
}

/** The loader sends stretches of files, so the forms are written into one before anything is timed. */
function writeForms(server: Server, forms: Iterable<Form>): Send[] {
  const file = path.join(server.dir, "forms");
  const fd = openSync(file, "w");
  const sends: Send[] = [];
  let offset = 0;
  for (const form of forms) {
    const fields = Object.entries(form.fields).map(
      ([name, value]) =>
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file_chunk"; filename="blob"\r\n\r\n`;
    const body = Buffer.concat([
      Buffer.from(fields.join("") + head),
      form.chunk.bytes,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    writeSync(fd, body);
    sends.push({
      method: "POST",
      path: form.path,
      headers: { ...server.headers, "Content-Type": `multipart/form-data; boundary=${boundary}` },
      body: { file, range: { offset, length: body.length }, tail: Buffer.alloc(0) },
    });
    offset += body.length;
  }
  closeSync(fd);
  return sends;
}

async function sendAll(server: Server, work: Work, sends: readonly Send[]) {
  const result = await runLoad({ ...work, connections: inFlight, url: server.url, sends });
  expectReplies(result, 200);
  return result;
}

export interface SentChunks {
  readonly ms: number;
  readonly clientCpuSeconds: number;
  /** The request that makes one file of them. */
  readonly merge: () => Promise<void>;
}

const md5Of = (bytes: Buffer): string => createHash("md5").update(bytes).digest("hex");

export async function sendTaskChunks(server: Server, work: Work): Promise<SentChunks> {
  const content = onlyContent(work);
  const hashes = Array.from(cut(work, content), ({ bytes }) => md5Of(bytes));
  const post = async (call: string, json: unknown) => {
    const headers = { ...server.headers, "Content-Type": "application/json" };
    const question = { method: "POST", path: `/api/${call}`, headers, body: JSON.stringify(json) };
    const answer = await ask(server.url, question);
    expectStatus(answer, 200);
    return answer;
  };
  const created = await post("createUploadTask", {
    fileName: content.name,
    fileSize: content.size,
    totalChunks: hashes.length,
    fileHash: content.sha256,
    chunkHashes: hashes,
  });
  const id = String(parseObject(created.body)["task_id"]);
  const forms = function* (): Generator<Form> {
    for (const chunk of cut(work, content)) {
      const chunk_hash = hashes[chunk.index]!;
      const fields = { task_id: id, chunk_index: String(chunk.index), chunk_hash };
      yield { path: "/api/uploadChunk", fields, chunk };
    }
  };
  const result = await sendAll(server, work, writeForms(server, forms()));
  return {
    ms: result.elapsedMs,
    clientCpuSeconds: result.cpuSeconds,
    merge: async () => void (await post("mergeChunks", { task_id: id })),
  };
}

async function uploadByTask(server: Server, work: Work): Promise<Upload> {
  const sent = await sendTaskChunks(server, work);
  const merging = performance.now();
  await sent.merge();
  return {
    ms: sent.ms + performance.now() - merging,
    clientCpuSeconds: sent.clientCpuSeconds,
    checkEvery: 1,
    stored: () => findStored(server, onlyContent(work).name),
  };
}

export const sampanTaskForms: Contender = {
  ...sampanBase,
  name: "Sampan uploadChunk",
  upload: uploadByTask,
};

/** The same chunks as raw parts: what the form is measured against. */
export const sampanRawChunks: Contender = {
  ...sampanBase,
  name: "Sampan PUT of parts",
  async upload(server, work) {
    const content = onlyContent(work);
    const created = await createUpload(server, { content, partSize: chunkBytes });
    const result = await sendAll(server, work, putParts(server, content, created));
    const completing = performance.now();
    const stored = await completeUpload(server, created.id);
    return {
      ms: result.elapsedMs + performance.now() - completing,
      clientCpuSeconds: result.cpuSeconds,
      checkEvery: 1,
      stored: async () => stored,
    };
  },
};

async function startMulter(dir: string): Promise<Server> {
  const port = await freePort();
  const script = fileURLToPath(import.meta.resolve("./serve-multer.ts"));
  const args = [script, String(port), path.join(dir, "files")];
  const running = startProcess({ file: process.execPath, args }, dir);
  const url = new URL(`http://127.0.0.1:${port}/`);
  await waitUntilReady(running, () => answers(url, "/"));
  return { process: running, url, dir, headers: {} };
}

/** `sizes` of what was kept; the merged file stands at `mergedFile`. */
export async function sendMulterChunks(
  server: Server,
  work: Work,
): Promise<SentChunks & { sizes: number[]; mergedFile: string }> {
  const content = onlyContent(work);
  const forms = function* (): Generator<Form> {
    for (const chunk of cut(work, content))
      yield { path: "/", fields: { chunk_index: String(chunk.index) }, chunk };
  };
  const result = await sendAll(server, work, writeForms(server, forms()));
  const mergedFile = path.join(server.dir, "merged");
  return {
    ms: result.elapsedMs,
    clientCpuSeconds: result.cpuSeconds,
    sizes: result.replies.map(({ body }) => Number(parseObject(body)["size"])),
    mergedFile,
    async merge() {
      const answer = await ask(server.url, { method: "POST", path: "/merge", body: mergedFile });
      expectStatus(answer, 200);
    },
  };
}

export const multer: Contender = {
  name: "multer",
  absent: () => undefined,
  start: startMulter,
  async upload(server, work) {
    const { ms, clientCpuSeconds, sizes } = await sendMulterChunks(server, work);
    const size = sizes.reduce((sum, one) => sum + one, 0);
    return { ms, clientCpuSeconds, checkEvery: 1, stored: async () => ({ size }) };
  },
};
