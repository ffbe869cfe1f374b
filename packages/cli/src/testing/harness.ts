import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FAKE_TOKEN, startFakeServer, type FakeServer } from "@sampan/sdk/testing";
import { run } from "../run.ts";

export interface Ran {
  exitCode: number;
  out: string;
  err: string;
}

export interface Harness extends AsyncDisposable {
  server: FakeServer;
  folder: string;
  /** Runs a command line inside this process. */
  sampan(...argv: string[]): Promise<Ran>;
  /** Starts it as a process of its own. */
  spawnSampan(...argv: string[]): ChildProcess;
  makeFile(name: string, size: number): Promise<{ path: string; bytes: Buffer }>;
}

export async function createHarness(
  limits: Parameters<typeof startFakeServer>[0] = {},
): Promise<Harness> {
  const server = await startFakeServer(limits);
  const folder = await mkdtemp(join(tmpdir(), "sampan-cli-"));
  const env = { SAMPAN_URL: server.url, SAMPAN_TOKEN: FAKE_TOKEN };
  return {
    server,
    folder,
    sampan: (...argv) => runWith({ argv, env }),
    spawnSampan(...argv) {
      const main = fileURLToPath(new URL("../main.ts", import.meta.url));
      return spawn(process.execPath, [main, ...argv], {
        cwd: folder,
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
    },
    async makeFile(name, size) {
      const path = join(folder, name);
      const bytes = Buffer.alloc(size);
      for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE((at * 2_654_435_761) >>> 0, at);
      await writeFile(path, bytes);
      return { path, bytes };
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** Runs a command line with captured output; it is never interrupted and sees no terminal. */
export async function runWith(line: {
  argv: string[];
  env?: Record<string, string>;
  isTTY?: boolean;
}): Promise<Ran> {
  const ran: Ran = { exitCode: -1, out: "", err: "" };
  const out = { write: (text: string) => (ran.out += text) };
  const err = { isTTY: line.isTTY ?? false, write: (text: string) => (ran.err += text) };
  const { argv, env = {} } = line;
  const abortOnSignals = (): AbortSignal => new AbortController().signal;
  ran.exitCode = await run({ argv, env, output: { out, err }, abortOnSignals });
  return ran;
}

/** Resolves when the process has ended, with its code or the signal that ended it. */
export function ended(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  return new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal)));
}
