/** A server under measurement: started with its output kept, its whole process tree accounted. */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { benchDir, killGroup, trackChild } from "./workspace.ts";

/** `/proc` counts in USER_HZ, which Linux fixed at 100 for programs whatever the kernel ticks at. */
const ticksPerSecond = 100;

export type ServerProcess = { child: ChildProcess; pid: number; log: string };

export type Command = { file: string; args: readonly string[]; env?: Record<string, string> };

/** Output goes to a file in `dir`: a pipe would make this process part of the server's work. */
export function startProcess(command: Command, dir: string): ServerProcess {
  const log = path.join(dir, "server.log");
  const output = openSync(log, "a");
  const child = trackChild(
    spawn(command.file, [...command.args], {
      cwd: dir,
      env: {
        ...process.env,
        NODE_ENV: "production",
        NODE_COMPILE_CACHE: path.join(benchDir(), "compile-cache"),
        ...command.env,
      },
      stdio: ["ignore", output, output],
      detached: true,
    }),
  );
  closeSync(output);
  if (child.pid === undefined) throw new Error(`cannot start ${command.file}`);
  return { child, pid: child.pid, log };
}

/** Polls until `isReady` says so; a server that died meanwhile is an error with its last words. */
export async function waitUntilReady(
  { child, log }: ServerProcess,
  isReady: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await isReady())) {
    if (child.exitCode !== null || performance.now() > deadline) {
      throw new Error(`the server did not start: ${readFileSync(log, "utf8").slice(-2000)}`);
    }
    await sleep(5);
  }
}

export async function stopProcess(
  { child }: ServerProcess,
  signal: NodeJS.Signals = "SIGTERM",
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill(signal);
  const timer = setTimeout(() => killGroup(child), 10_000);
  await gone;
  clearTimeout(timer);
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  return port;
}

function readProc(pid: number | string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // it ended between the listing and the look
  }
}

/** Fields of `stat` after the command name, which may itself hold spaces and parentheses. */
function statFields(pid: number | string): string[] {
  const stat = readProc(pid, "stat");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function processTree(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (/^\d+$/.test(name)) parents.set(Number(name), Number(statFields(name)[1] ?? 0));
  }
  const tree = [root];
  for (const pid of tree) {
    for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  }
  return tree;
}

/** User and system time of the tree, ended and waited-for children included. */
export function cpuSeconds(root: number): number {
  let ticks = 0;
  for (const pid of processTree(root)) {
    const fields = statFields(pid);
    for (const index of [11, 12, 13, 14]) ticks += Number(fields[index] ?? 0);
  }
  return ticks / ticksPerSecond;
}

/** Makes the kernel count the peak from now on; where it refuses, the peak is since start. */
export function resetPeakRss(root: number): void {
  for (const pid of processTree(root)) {
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, "5");
    } catch {
      return;
    }
  }
}

export function peakRssBytes(root: number): number {
  let kib = 0;
  for (const pid of processTree(root)) {
    kib += Number(/VmHWM:\s+(\d+)/.exec(readProc(pid, "status"))?.[1] ?? 0);
  }
  return kib * 1024;
}
