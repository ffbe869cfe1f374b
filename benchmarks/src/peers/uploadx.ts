/** `@uploadx/core` on local disk, at its defaults. It hashes only on demand and never syncs. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { whole, type Content } from "../content.ts";
import { answers, ask, expectStatus } from "../http.ts";
import type { Send } from "../load.ts";
import { runLoad } from "../loader.ts";
import { freePort, startProcess, waitUntilReady } from "../process.ts";
import { expectReplies, type Contender, type Server, type Upload, type Work } from "./contender.ts";
import { inspectFile } from "./stored-file.ts";

async function start(dir: string): Promise<Server> {
  const port = await freePort();
  const script = fileURLToPath(import.meta.resolve("./serve-uploadx.ts"));
  const args = [script, String(port), path.join(dir, "files")];
  const running = startProcess({ file: process.execPath, args }, dir);
  const url = new URL(`http://127.0.0.1:${port}/files`);
  await waitUntilReady(running, () => answers(url, "/"));
  return { process: running, url, dir, headers: {} };
}

async function create(server: Server, content: Content): Promise<URL> {
  const answer = await ask(server.url, {
    method: "POST",
    path: server.url.pathname,
    headers: {
      "Content-Type": "application/json",
      "X-Upload-Content-Length": String(content.size),
    },
    body: JSON.stringify({ name: content.name, size: content.size }),
  });
  expectStatus(answer, 201);
  return new URL(answer.headers.location ?? "", server.url);
}

async function upload(server: Server, work: Work): Promise<Upload> {
  const begin = performance.now();
  const places = await Promise.all(work.contents.map((content) => create(server, content)));
  const createMs = performance.now() - begin;
  const sends = work.contents.map((content, index): Send => {
    const place = places[index];
    return {
      method: "PUT",
      path: `${place?.pathname}${place?.search}`,
      headers: { "Content-Type": "application/octet-stream" },
      body: whole(content),
    };
  });
  const result = await runLoad({ ...work, url: server.url, sends });
  expectReplies(result, 200);
  return {
    ms: createMs + result.elapsedMs,
    clientCpuSeconds: result.cpuSeconds,
    checkEvery: 1,
    stored: (index) => {
      const id = places[index]?.searchParams.get("upload_id") ?? "";
      return inspectFile(path.join(server.dir, "files", id));
    },
  };
}

export const uploadx: Contender = {
  name: "@uploadx/core",
  absent: () => undefined,
  start,
  upload,
};
