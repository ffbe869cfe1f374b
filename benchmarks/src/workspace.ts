/**
 * What a run must not leave behind: server processes and one temporary folder. Both are registered
 * here and removed on exit, on SIGINT and SIGTERM, and when a workload throws.
 */
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const children = new Set<ChildProcess>();
let root: string | undefined;
let folders = 0;

/** The run's folder, made on first use under `BENCH_DIR` or the system's temporary folder. */
export function benchDir(): string {
  if (root === undefined) {
    const parent = process.env.BENCH_DIR ?? tmpdir();
    mkdirSync(parent, { recursive: true });
    root = mkdtempSync(path.join(parent, "sampan-bench-"));
  }
  return root;
}

export function freshDir(label: string): string {
  const dir = path.join(benchDir(), `${++folders}-${label.replaceAll(/[^a-z0-9]+/gi, "-")}`);
  mkdirSync(dir);
  return dir;
}

export function removeDir(dir: string): void {
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

export function trackChild<T extends ChildProcess>(child: T): T {
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

/** Children lead a process group each: nginx's workers would outlive a killed master. */
export function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It is gone already, which is what was wanted.
  }
}

/** Everything goes at once: no server here holds anything worth a clean stop. */
export function cleanUp(): void {
  for (const child of children) killGroup(child);
  children.clear();
  if (root !== undefined) removeDir(root);
  root = undefined;
}

export function cleanUpOnExit(): void {
  process.once("exit", cleanUp);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      cleanUp();
      process.exit(130);
    });
  }
}
