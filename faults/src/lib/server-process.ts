import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { onCleanup } from "./cleanup.ts";
import type { Endpoint } from "./http.ts";
import { PID_FILE } from "./stale.ts";

export type ServerKind = "naive" | "sampan";

export interface ServerPlan {
  kind: ServerKind;
  dataDir: string;
  /** Blobs and staging on another file system; the database stays in `dataDir`. */
  storeDir?: string;
  /** Where standard error goes; never inside a file system that the harness cuts. */
  logFile: string;
  env?: Record<string, string>;
  /** A command to run the server under, for example strace; it must exec the server in place. */
  wrapper?: string[];
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface ServerProcess {
  readonly endpoint: Endpoint;
  readonly pid: number;
  readonly startMs: number;
  readonly exited: Promise<Exit>;
  isAlive(): boolean;
  kill(signal?: NodeJS.Signals): Promise<Exit>;
  /** Resolves when no thread can run the program any more; only a kill ends it then. */
  freeze(): Promise<void>;
}

/** The server ended, or stayed silent, before it said that it listens. */
export class StartFailed extends Error {
  readonly exit: Exit;
  constructor(exit: Exit, logFile: string) {
    super(
      `the server did not start (${describeExit(exit)}); its log: ${logFile}\n${tail(logFile)}`,
    );
    this.name = "StartFailed";
    this.exit = exit;
  }
}

export function describeExit(exit: Exit): string {
  return exit.signal === null ? `exit ${exit.code ?? "?"}` : exit.signal;
}

const ENTRY = {
  naive: fileURLToPath(new URL("../naive/main.ts", import.meta.url)),
  sampan: fileURLToPath(new URL("../../../packages/server/src/main.ts", import.meta.url)),
};

export async function startServer(
  plan: ServerPlan,
  options: { startTimeoutMs?: number } = {},
): Promise<ServerProcess> {
  const startedAt = performance.now();
  const child = spawnServer(plan, await freePort());
  const exited = new Promise<Exit>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    child.once("error", () => resolve({ code: 127, signal: null }));
  });
  const forget = onCleanup(() => child.kill("SIGKILL"));
  void exited.then(forget);

  const url = await Promise.race([
    listeningUrl(child),
    exited.then(() => null),
    delay(options.startTimeoutMs ?? 30_000, null, { ref: false }),
  ]);
  if (url === null) {
    child.kill("SIGKILL");
    throw new StartFailed(await exited, plan.logFile);
  }
  const token = readFileSync(join(plan.dataDir, "owner.token"), "utf8").trim();
  return {
    endpoint: { url, token },
    pid: child.pid ?? 0,
    startMs: performance.now() - startedAt,
    exited,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    kill: (signal = "SIGKILL") => {
      child.kill(signal);
      return exited;
    },
    async freeze() {
      child.kill("SIGSTOP");
      while (canStillRun(child.pid ?? 0)) await delay(1);
    },
  };
}

/** A stopped (T, t) thread runs nothing; one inside the kernel (D) stops before it returns. */
function canStillRun(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).some((tid) => {
      const stat = readFileSync(`/proc/${pid}/task/${tid}/stat`, "utf8");
      const state = stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
      return !"TtDZX".includes(state);
    });
  } catch {
    return false;
  }
}

function spawnServer(plan: ServerPlan, port: number): ChildProcess {
  mkdirSync(dirname(plan.logFile), { recursive: true });
  const log = openSync(plan.logFile, "a");
  const { execPath } = process;
  const [command, ...leading] = [...(plan.wrapper ?? []), execPath, ENTRY[plan.kind]];
  const child = spawn(command ?? execPath, leading, {
    stdio: ["ignore", "pipe", log],
    cwd: dirname(plan.logFile),
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: process.env["HOME"] ?? "/",
      SAMPAN_HOST: "127.0.0.1",
      SAMPAN_PORT: String(port),
      SAMPAN_DATA_DIR: plan.dataDir,
      ...(plan.storeDir === undefined ? {} : { SAMPAN_STORE_URL: `file:${plan.storeDir}` }),
      ...plan.env,
    },
  });
  closeSync(log);
  writeFileSync(join(dirname(plan.logFile), PID_FILE), String(child.pid ?? 0));
  return child;
}

function listeningUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    child.stdout?.on("data", (piece: Buffer) => {
      text = (text + piece.toString("utf8")).slice(-10_000);
      const match = /listening on (http:\/\/[^\s/]+)/.exec(text);
      if (match?.[1] !== undefined) resolve(match[1]);
    });
  });
}

/** The server may not take port 0, so the harness asks the system for a free one. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

function tail(path: string): string {
  try {
    return readFileSync(path, "utf8").slice(-1_500);
  } catch {
    return "(no log)";
  }
}
