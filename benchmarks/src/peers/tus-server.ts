/** `@tus/server` with `@tus/file-store`, both at their defaults. It neither hashes nor syncs. */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { answers } from "../http.ts";
import { freePort, startProcess, waitUntilReady } from "../process.ts";
import type { Contender, Server, Stored, Upload, Work } from "./contender.ts";
import { inspectFile } from "./stored-file.ts";
import { uploadByTus, uploadByTusCreation, type TusUpload } from "./tus.ts";

async function start(dir: string): Promise<Server> {
  const port = await freePort();
  const script = fileURLToPath(import.meta.resolve("./serve-tus-server.ts"));
  const args = [script, String(port), path.join(dir, "files")];
  const running = startProcess({ file: process.execPath, args }, dir);
  const url = new URL(`http://127.0.0.1:${port}/files`);
  await waitUntilReady(running, () => answers(url, "/"));
  return { process: running, url, dir, headers: {} };
}

/** The file store keeps an upload as a plain file under its id. */
export async function storedOnDisk(server: Server, at: string): Promise<Stored> {
  return { ...(await inspectFile(path.join(server.dir, "files", path.basename(at)))), path: at };
}

function onDisk(server: Server, { paths, ...upload }: TusUpload): Upload {
  return { ...upload, checkEvery: 1, stored: (index) => storedOnDisk(server, paths[index] ?? "") };
}

const base = { absent: () => undefined, start };

export const tusServer: Contender = {
  ...base,
  name: "@tus/server",
  upload: async (server: Server, work: Work) => onDisk(server, await uploadByTus(server, work)),
};

export const tusServerCreation: Contender = {
  ...base,
  name: "@tus/server creation-with-upload",
  upload: async (server, work) => onDisk(server, await uploadByTusCreation(server, work)),
};
