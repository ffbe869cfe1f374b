/** The client side of tus 1.0.0, the same for every server that speaks it. */
import { whole, type Content } from "../content.ts";
import { ask, expectStatus } from "../http.ts";
import type { LoadResult, Send } from "../load.ts";
import { runLoad } from "../loader.ts";
import { expectReplies, type Server, type Work } from "./contender.ts";

const offsetType = { "Content-Type": "application/offset+octet-stream" };

export function tusHeaders(server: Server): Record<string, string> {
  return { ...server.headers, "Tus-Resumable": "1.0.0" };
}

function creationHeaders(server: Server, content: Content): Record<string, string> {
  return {
    ...tusHeaders(server),
    "Upload-Length": String(content.size),
    "Upload-Metadata": `filename ${Buffer.from(content.name).toString("base64")}`,
  };
}

/** Creates an upload and gives its path. */
export async function createTusUpload(server: Server, content: Content): Promise<string> {
  const headers = creationHeaders(server, content);
  const answer = await ask(server.url, { method: "POST", path: server.url.pathname, headers });
  expectStatus(answer, 201);
  return pathOf(server, answer.headers.location);
}

function pathOf(server: Server, location: string | undefined): string {
  if (location === undefined) throw new Error("a created upload has no Location");
  return new URL(location, server.url).pathname;
}

export function tusPatch(server: Server, path: string, content: Content): Send {
  const headers = { ...tusHeaders(server), ...offsetType, "Upload-Offset": "0" };
  return { method: "PATCH", path, headers, body: whole(content) };
}

export type TusUpload = { ms: number; clientCpuSeconds: number; paths: string[] };

/** Creation, then the bytes in one PATCH each. */
export async function uploadByTus(server: Server, work: Work): Promise<TusUpload> {
  const start = performance.now();
  const paths = await Promise.all(work.contents.map((content) => createTusUpload(server, content)));
  const createMs = performance.now() - start;
  const sends = work.contents.map((content, index) => {
    return tusPatch(server, paths[index] ?? "", content);
  });
  const result = await runLoad({ ...work, url: server.url, sends });
  expectReplies(result, 204);
  expectOffsets(result, work.contents);
  return { ms: createMs + result.elapsedMs, clientCpuSeconds: result.cpuSeconds, paths };
}

/** Creation with the bytes in the same request. */
export async function uploadByTusCreation(server: Server, work: Work): Promise<TusUpload> {
  const sends = work.contents.map((content): Send => {
    const headers = { ...creationHeaders(server, content), ...offsetType };
    return { method: "POST", path: server.url.pathname, headers, body: whole(content) };
  });
  const result = await runLoad({ ...work, url: server.url, sends });
  expectReplies(result, 201);
  expectOffsets(result, work.contents);
  const paths = result.replies.map((reply) => pathOf(server, reply.headers.get("location")));
  return { ms: result.elapsedMs, clientCpuSeconds: result.cpuSeconds, paths };
}

function expectOffsets({ replies }: LoadResult, contents: readonly Content[]): void {
  for (const [index, reply] of replies.entries()) {
    const offset = Number(reply.headers.get("upload-offset"));
    if (offset !== contents[index]?.size) throw new Error(`an upload ended at offset ${offset}`);
  }
}
