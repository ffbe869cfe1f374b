/** `tusd`, the reference server of tus, on local disk at its defaults. It never syncs. */
import path from "node:path";
import { answers } from "../http.ts";
import { freePort, startProcess, waitUntilReady } from "../process.ts";
import type { Contender, Server, Upload, Work } from "./contender.ts";
import { findProgram } from "../find-program.ts";
import { inspectFile } from "./stored-file.ts";
import { uploadByTus } from "./tus.ts";

async function start(dir: string): Promise<Server> {
  const port = await freePort();
  const place = ["-host", "127.0.0.1", "-port", String(port), "-base-path", "/files/"];
  const args = [...place, "-upload-dir", path.join(dir, "files")];
  const running = startProcess({ file: findProgram("tusd") ?? "tusd", args }, dir);
  const url = new URL(`http://127.0.0.1:${port}/files/`);
  await waitUntilReady(running, () => answers(url, "/"));
  return { process: running, url, dir, headers: {} };
}

async function upload(server: Server, work: Work): Promise<Upload> {
  const { paths, ...done } = await uploadByTus(server, work);
  const stored = (index: number) => {
    return inspectFile(path.join(server.dir, "files", path.basename(paths[index] ?? "")));
  };
  return { ...done, checkEvery: 1, stored };
}

function absent(): string | undefined {
  return findProgram("tusd") === undefined ? "no tusd on PATH" : undefined;
}

export const tusd: Contender = { name: "tusd", absent, start, upload };
