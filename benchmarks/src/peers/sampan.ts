/** Sampan's own API: a file in one request, a file in parts. Digests come from its answers. */
import { slice, whole, type Content } from "../content.ts";
import { ask, expectStatus, parseObject } from "../http.ts";
import type { Send } from "../load.ts";
import { runLoad } from "../loader.ts";
import {
  expectReplies,
  type Contender,
  type Server,
  type Stored,
  type Upload,
  type Work,
} from "./contender.ts";
import { sampanAbsent, startSampan } from "./sampan-server.ts";

export const sampanBase = {
  absent: sampanAbsent,
  start: (dir: string): Promise<Server> => startSampan(dir),
};

/** Reads a `File` of the native API. */
export function parseStored(file: unknown): Stored {
  if (typeof file !== "object" || file === null) throw new Error("an answer without its file");
  const { id, size, digests } = file as Record<string, unknown>;
  const sha256: unknown = (digests as Record<string, unknown> | undefined)?.sha256;
  if (typeof id !== "string" || typeof size !== "number" || typeof sha256 !== "string") {
    throw new Error(`a file without id, size or SHA-256: ${JSON.stringify(file)}`);
  }
  return { size, sha256, path: `/api/v1/files/${id}/content` };
}

/** Finds a file by its exact name, for dialects whose answers do not carry it. */
export async function findStored(server: Server, name: string): Promise<Stored> {
  const path = `/api/v1/files?name=${encodeURIComponent(name)}`;
  const answer = await ask(server.url, { method: "GET", path, headers: server.headers });
  expectStatus(answer, 200);
  const { items } = parseObject(answer.body);
  if (!Array.isArray(items) || items.length !== 1) throw new Error(`${name} is not listed once`);
  return parseStored(items[0]);
}

export const sampanPut: Contender = {
  ...sampanBase,
  name: "Sampan PUT",
  upload: async (server: Server, work: Work): Promise<Upload> => {
    const sends = work.contents.map((content): Send => {
      const path = `/api/v1/files/${encodeURIComponent(content.name)}`;
      return { method: "PUT", path, headers: server.headers, body: whole(content) };
    });
    const result = await runLoad({ ...work, url: server.url, sends });
    expectReplies(result, 201);
    return {
      ms: result.elapsedMs,
      clientCpuSeconds: result.cpuSeconds,
      checkEvery: 1,
      stored: async (index) => {
        return parseStored(parseObject(result.replies[index]?.body ?? Buffer.alloc(0)));
      },
    };
  },
};

export type Created = { id: string; partSize: number };

export async function createUpload(
  server: Server,
  { content, partSize }: { content: Content; partSize?: number },
): Promise<Created> {
  const answer = await ask(server.url, {
    method: "POST",
    path: "/api/v1/uploads",
    headers: { ...server.headers, "Content-Type": "application/json" },
    body: JSON.stringify({ name: content.name, size: content.size, partSize }),
  });
  expectStatus(answer, 201);
  const upload = parseObject(answer.body);
  return { id: String(upload.id), partSize: Number(upload.partSize) };
}

export async function completeUpload(server: Server, id: string): Promise<Stored> {
  const path = `/api/v1/uploads/${id}/complete`;
  const answer = await ask(server.url, { method: "POST", path, headers: server.headers });
  expectStatus(answer, 200);
  return parseStored(parseObject(answer.body).file);
}

function putPart(
  server: Server,
  part: { id: string; number: number; content: Content; start: number; length: number },
): Send {
  return {
    method: "PUT",
    path: `/api/v1/uploads/${part.id}/parts/${part.number}`,
    headers: server.headers,
    body: slice(part.content, part.start, part.length),
  };
}

/** All parts of one content, in order. */
export function putParts(server: Server, content: Content, created: Created): Send[] {
  const { id, partSize } = created;
  return Array.from({ length: Math.ceil(content.size / partSize) }, (_, number) => {
    const start = number * partSize;
    const length = Math.min(partSize, content.size - start);
    return putPart(server, { id, number, content, start, length });
  });
}

/** Create, `count` equal parts all in flight at once, complete: the whole of it is timed. */
function inParts(name: string, count: number): Contender {
  const upload = async (server: Server, work: Work): Promise<Upload> => {
    const content = work.contents[0];
    if (!content || work.contents.length > 1) throw new Error("parts are of one content");
    const begin = performance.now();
    const created = await createUpload(server, {
      content,
      partSize: Math.ceil(content.size / count),
    });
    const createMs = performance.now() - begin;
    const sends = putParts(server, content, created);
    const result = await runLoad({ ...work, connections: count, url: server.url, sends });
    expectReplies(result, 200);
    const completing = performance.now();
    const stored = await completeUpload(server, created.id);
    const completeMs = performance.now() - completing;
    return {
      ms: createMs + result.elapsedMs + completeMs,
      clientCpuSeconds: result.cpuSeconds,
      checkEvery: 1,
      stored: async () => stored,
    };
  };
  return { ...sampanBase, name, upload };
}

export const sampanOnePart = inParts("Sampan PUT of one part", 1);
export const sampanEightParts = inParts("Sampan 8 parallel parts", 8);
