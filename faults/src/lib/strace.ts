import { spawn, spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { onCleanup } from "./cleanup.ts";

/**
 * Faults at chosen system calls, without touching the server: strace stops the process at the call
 * and delivers a signal or makes the call fail. `when=N` counts for each thread by itself, so exact
 * counting attaches to one thread only (see `attachStrace` with `tid`).
 */
export interface Injection {
  /** Names of system calls; those that this machine does not have are ignored. */
  syscalls: readonly string[];
  /** What happens: `signal=KILL` or `error=EIO`. */
  effect: string;
  /** At which occurrence. */
  when: number;
}

/** Every way in which a file or a folder is changed. */
export const CHANGING_SYSCALLS = {
  write: ["write", "pwrite64", "writev", "pwritev", "pwritev2"],
  flush: ["fdatasync", "fsync", "sync_file_range"],
  link: ["link", "linkat"],
  rename: ["rename", "renameat", "renameat2"],
  truncate: ["ftruncate", "truncate", "fallocate"],
  open: ["open", "openat", "creat"],
  folder: ["mkdir", "mkdirat"],
  unlink: ["unlink", "unlinkat"],
} as const;

export function straceUnavailable(): string | null {
  const probe = spawnSync("strace", ["-qq", "-o", "/dev/null", "true"], { encoding: "utf8" });
  if (probe.error !== undefined) return "strace is not installed";
  if (probe.status !== 0) return `strace may not trace here: ${probe.stderr.trim()}`;
  return null;
}

/** Starts the traced program as the direct child (`-D`), so that its pid is the server's. */
export function straceCommand(outFile: string, injection: Injection): string[] {
  return ["strace", "-D", "-f", "--seccomp-bpf", ...flags(outFile, injection)];
}

/** Runs a program on which every flush answers "done" and is never executed. */
export function lyingFlushes(): string[] {
  const set = optional(CHANGING_SYSCALLS.flush);
  const inject = ["-e", `trace=${set}`, "-e", `inject=${set}:retval=0`];
  return ["strace", "-D", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", ...inject];
}

export interface Tracer {
  /** Lets the traced threads go on; resolves when strace has written its log. */
  detach(): Promise<void>;
}

export async function attachStrace(
  target: { pid: number } | { tid: number },
  plan: { outFile: string } & ({ injection: Injection } | { record: readonly string[] }),
): Promise<Tracer> {
  const who = "pid" in target ? ["-f", "-p", String(target.pid)] : ["-p", String(target.tid)];
  const what =
    "injection" in plan
      ? flags(plan.outFile, plan.injection)
      : ["-qq", "-y", "-s", "0", "-o", plan.outFile, "-e", `trace=${optional(plan.record)}`];
  // -qq would also hide the line that says "attached".
  const child = spawn("strace", [...who, ...what.filter((flag) => flag !== "-qq")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const forget = onCleanup(() => child.kill("SIGKILL"));
  void ended.then(forget);
  let text = "";
  const attached = new Promise<void>((resolve) => {
    child.stderr.on("data", (piece: Buffer) => {
      text += piece.toString("utf8");
      if (text.includes("attached")) resolve();
    });
  });
  await Promise.race([attached, ended, delay(5_000, null, { ref: false })]);
  return {
    detach: async () => {
      child.kill("SIGINT");
      await ended;
    },
  };
}

function flags(outFile: string, { syscalls, effect, when }: Injection): string[] {
  const set = optional(syscalls);
  const inject = `inject=${set}:${effect}:when=${when}`;
  return ["-qq", "-y", "-s", "0", "-o", outFile, "-e", `trace=${set}`, "-e", inject];
}

function optional(syscalls: readonly string[]): string {
  return syscalls.map((name) => `?${name}`).join(",");
}

export interface Thread {
  tid: number;
  /** Stable from one start to the next: the thread's name, and its rank among equal names. */
  role: string;
}

export function listThreads(pid: number): Thread[] {
  const seen = new Map<string, number>();
  return readdirSync(`/proc/${pid}/task`)
    .map(Number)
    .toSorted((a, b) => a - b)
    .map((tid) => {
      const name = readFileSync(`/proc/${pid}/task/${tid}/comm`, "utf8").trim();
      const rank = seen.get(name) ?? 0;
      seen.set(name, rank + 1);
      return { tid, role: rank === 0 ? name : `${name} ${rank}` };
    });
}

/** One logged call: `1234  pwrite64(21</path>, ""..., 4096, 0) = 4096`. */
export interface LoggedCall {
  tid: number | null;
  syscall: string;
  text: string;
  isInjected: boolean;
}

export function readStraceLog(path: string): LoggedCall[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const match = /^(?:(\d+) +)?(\w+)\(/.exec(line);
    if (match?.[2] === undefined) return [];
    const tid = match[1] === undefined ? null : Number(match[1]);
    return [{ tid, syscall: match[2], text: line, isInjected: line.includes("(INJECTED)") }];
  });
}
