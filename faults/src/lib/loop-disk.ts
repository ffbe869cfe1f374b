import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { onCleanup } from "./cleanup.ts";
import { setTimeout as delay } from "node:timers/promises";

const execute = promisify(execFile);

export type FileSystem = "ext4" | "xfs";

/** A file system in a sparse image file, mounted through a loop device of its own. */
export interface LoopDisk {
  readonly fileSystem: FileSystem;
  readonly path: string;
  mount(): Promise<void>;
  unmount(): Promise<void>;
}

/** Why loop disks cannot be used here, or null. */
export function loopDisksUnavailable(fileSystem: FileSystem): string | null {
  if (process.getuid?.() !== 0) return "mounting a file system needs root";
  for (const tool of ["mount", "losetup", `mkfs.${fileSystem}`, "perl"]) {
    const probe = spawnSync("sh", ["-c", `command -v ${tool}`], {
      env: { PATH: searchPath() },
    });
    if (probe.status !== 0) return `${tool} is not installed`;
  }
  const free = spawnSync("losetup", ["-f"], { encoding: "utf8", env: { PATH: searchPath() } });
  if (free.status !== 0) return `no loop devices: ${free.stderr.trim()}`;
  return null;
}

export async function createLoopDisk(plan: {
  folder: string;
  name: string;
  fileSystem: FileSystem;
  mebibytes: number;
}): Promise<LoopDisk> {
  const image = join(plan.folder, `${plan.name}.img`);
  const path = join(plan.folder, plan.name);
  mkdirSync(path, { recursive: true });
  writeFileSync(image, "");
  truncateSync(image, plan.mebibytes * 2 ** 20);
  await runTool(`mkfs.${plan.fileSystem}`, ["-q", image]);
  let forget: (() => void) | null = null;
  return {
    fileSystem: plan.fileSystem,
    path,
    async mount() {
      // The loop device is freed by the kernel at unmount, lazily or not.
      await runTool("mount", ["-o", "loop", image, path]);
      forget = onCleanup(() => {
        spawnSync("umount", ["-l", path], { env: { PATH: searchPath() } });
      });
    },
    async unmount() {
      await retryWhileBusy(() => runTool("umount", [path]));
      forget?.();
      forget = null;
    },
  };
}

/** What reaches the disk at the cut; the file system answers EIO to everything afterwards. */
export const CUT_MODES = {
  /** Freezes and flushes everything first: only what happens later is lost. */
  flush: 0,
  /** The journal is written out, file contents are not. */
  journal: 1,
  /** Neither: what the kernel had not written yet is gone, as in a power cut. */
  none: 2,
} as const;

export type CutMode = keyof typeof CUT_MODES;

const FS_IOC_SHUTDOWN = 0x8004587d;
const CUT_SCRIPT =
  "my $mode = shift; my @d; for (@ARGV) { open my $h, '<', $_ or die qq($_: $!); push @d, $h } " +
  `for (@d) { my $m = pack 'L', $mode; ioctl($_, ${FS_IOC_SHUTDOWN}, $m) or die qq(ioctl: $!) }`;

/** Cuts the file systems one right after the other, in the order given. */
export async function cutPower(disks: readonly LoopDisk[], mode: CutMode): Promise<void> {
  const paths = disks.map(({ path }) => path);
  await runTool("perl", ["-e", CUT_SCRIPT, String(CUT_MODES[mode]), ...paths]);
}

async function runTool(tool: string, args: string[]): Promise<void> {
  await execute(tool, args, { env: { PATH: searchPath() } });
}

async function retryWhileBusy(action: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (attempt === 40 || !String(error).includes("busy")) throw error;
      await delay(25);
    }
  }
}

/** mkfs and losetup live in sbin, which an ordinary PATH may lack. */
function searchPath(): string {
  return `${process.env["PATH"] ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`;
}
