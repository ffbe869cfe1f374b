/** Sampan's tus dialect and its batch lane for small files. */
import { readSync, openSync, closeSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Content, Pool } from "../content.ts";
import { parseObject } from "../http.ts";
import type { Send } from "../load.ts";
import { runLoad } from "../loader.ts";
import { expectReplies, type Contender, type Server, type Upload, type Work } from "./contender.ts";
import { findStored, parseStored, sampanBase } from "./sampan.ts";
import { uploadByTus, uploadByTusCreation, type TusUpload } from "./tus.ts";

/** Where a look-up per file would take longer than the benchmark, every n-th file is looked up. */
const mostLookUps = 500;

async function startForTus(dir: string): Promise<Server> {
  const server = await sampanBase.start(dir);
  return { ...server, url: new URL("/files/", server.url) };
}

function lookedUp(server: Server, work: Work, { ms, clientCpuSeconds }: TusUpload): Upload {
  return {
    ms,
    clientCpuSeconds,
    checkEvery: Math.ceil(work.contents.length / mostLookUps),
    stored: (index) => findStored(server, work.contents[index]?.name ?? ""),
  };
}

export const sampanTus: Contender = {
  ...sampanBase,
  name: "Sampan tus PATCH",
  start: startForTus,
  upload: async (server, work) => lookedUp(server, work, await uploadByTus(server, work)),
};

export const sampanTusCreation: Contender = {
  ...sampanBase,
  name: "Sampan tus creation-with-upload",
  start: startForTus,
  upload: async (server, work) => lookedUp(server, work, await uploadByTusCreation(server, work)),
};

const filesPerBatch = 1000;
/** A batch is megabytes, not one small file: a few in flight keep the server busy. */
const batchesInFlight = 4;

/** One line of JSON and the bytes, for each content. */
function formatBatch(pool: Pool, contents: readonly Content[]): Buffer {
  const fd = openSync(pool.file, "r");
  const pieces = contents.flatMap(({ name, size, ranges, tail }) => {
    const bytes = ranges.map(({ offset, length }) => {
      const piece = Buffer.alloc(length);
      readSync(fd, piece, 0, length, offset);
      return piece;
    });
    return [Buffer.from(`${JSON.stringify({ name, size })}\n`), ...bytes, tail];
  });
  closeSync(fd);
  return Buffer.concat(pieces);
}

function prepareBatches(server: Server, { pool, contents }: Work): Send[] {
  const sends: Send[] = [];
  for (let first = 0; first < contents.length; first += filesPerBatch) {
    const bytes = formatBatch(pool, contents.slice(first, first + filesPerBatch));
    const file = path.join(server.dir, `batch-${first}`);
    writeFileSync(file, bytes);
    sends.push({
      method: "POST",
      path: "/api/v1/files/batch",
      headers: { ...server.headers, "Content-Type": "application/vnd.sampan.batch" },
      body: { file, range: { offset: 0, length: bytes.length }, tail: Buffer.alloc(0) },
    });
  }
  return sends;
}

export const sampanBatch: Contender = {
  ...sampanBase,
  name: "Sampan batch lane",
  upload: async (server, work) => {
    const sends = prepareBatches(server, work);
    const connections = Math.min(work.connections, batchesInFlight, sends.length);
    const result = await runLoad({ ...work, connections, url: server.url, sends });
    expectReplies(result, 200);
    const results = result.replies.flatMap((reply) => parseObject(reply.body).results);
    return {
      ms: result.elapsedMs,
      clientCpuSeconds: result.cpuSeconds,
      checkEvery: 1,
      stored: async (index) => {
        const entry = results[index] as { status?: number; file?: unknown } | undefined;
        if (entry?.status !== 201) throw new Error(`in a batch: ${JSON.stringify(entry)}`);
        return parseStored(entry.file);
      },
    };
  },
};
