/** Figures mean nothing without the machine they come from. */
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeSync,
} from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import path from "node:path";
import { GiB, MiB } from "./content.ts";
import { nativeLoader } from "./loader.ts";
import { median } from "./stats.ts";
import { benchDir } from "./workspace.ts";

export type Machine = {
  cpu: string;
  cores: number;
  memoryGiB: number;
  kernel: string;
  fileSystem: string;
  /** Sequential write of 1 GiB with one fdatasync at its end. */
  diskMiBPerSecond: number;
  /** The same past the page cache: what no durable upload can go above. */
  directMiBPerSecond: number | string;
  /** Append of 4 KiB and fdatasync, median of 100. */
  smallSyncMs: number;
  /** CPU seconds for 1 GiB already in memory. */
  sha256SecondsPerGiB: number;
  node: string;
  loader: string;
};

export function describeMachine(quick: boolean): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / GiB),
    kernel: release(),
    fileSystem: fileSystemOf(benchDir()),
    diskMiBPerSecond: Math.round(measureDisk(quick ? 256 : 1024)),
    directMiBPerSecond: measureDirect(quick ? 256 : 1024),
    smallSyncMs: measureSmallSync(),
    sha256SecondsPerGiB: measureSha256(),
    node: process.version,
    loader: nativeLoader() === undefined ? "Node (no C compiler found)" : "native",
  };
}

function fileSystemOf(dir: string): string {
  let best = { point: "", type: "unknown" };
  for (const line of readFileSync("/proc/self/mounts", "utf8").split("\n")) {
    const [, point = "", type = ""] = line.split(" ");
    const inside = dir === point || dir.startsWith(point === "/" ? "/" : `${point}/`);
    if (inside && point.length > best.point.length) best = { point, type };
  }
  return best.type;
}

function measureDisk(mib: number): number {
  const probe = path.join(benchDir(), "disk-probe");
  const fd = openSync(probe, "w");
  const block = randomBytes(MiB);
  const start = performance.now();
  for (let written = 0; written < mib; written++) writeSync(fd, block);
  fdatasyncSync(fd);
  const seconds = (performance.now() - start) / 1000;
  closeSync(fd);
  rmSync(probe);
  return mib / seconds;
}

function measureDirect(mib: number): number | string {
  const output = path.join(benchDir(), "direct-probe");
  const args = ["if=/dev/zero", `of=${output}`, "bs=4M", `count=${mib / 4}`, "oflag=direct"];
  const start = performance.now();
  const { status } = spawnSync("dd", args, { stdio: "ignore" });
  const seconds = (performance.now() - start) / 1000;
  rmSync(output, { force: true });
  return status === 0 ? Math.round(mib / seconds) : "not measured (no dd, or no direct writes)";
}

function measureSmallSync(): number {
  const fd = openSync(path.join(benchDir(), "sync-probe"), "w");
  const block = randomBytes(4096);
  const times = Array.from({ length: 100 }, () => {
    const start = performance.now();
    writeSync(fd, block);
    fdatasyncSync(fd);
    return performance.now() - start;
  });
  closeSync(fd);
  return Math.round(median(times) * 100) / 100;
}

/** The bare cost of hashing: what no server that verifies can go below. */
export function measureSha256(): number {
  const block = randomBytes(MiB);
  const hash = createHash("sha256");
  const before = process.cpuUsage();
  for (let hashed = 0; hashed < 512; hashed++) hash.update(block);
  hash.digest();
  const used = process.cpuUsage(before);
  return (2 * (used.user + used.system)) / 1e6;
}

export function freeDiskBytes(): number {
  const { bavail, bsize } = statfsSync(benchDir());
  return bavail * bsize;
}
