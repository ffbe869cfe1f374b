/** The one place that names files durably. Everything that must survive a power cut by name goes through here. */
import { close, fdatasync, fsync, open } from "node:fs";
import { link, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { CoreError } from "../../core/errors.ts";

export const openFd = promisify(open);
export const closeFd = promisify(close);
export const dataSyncFd = promisify(fdatasync);
const syncFd = promisify(fsync);

/**
 * Calls share the work: one runs at a time, and all that arrive meanwhile join the next run, because a flush that has begun
 * need not cover what was written after it began.
 */
export function createSharedRun(run: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    const mine = run().finally(() => {
      if (current === mine) current = undefined;
    });
    current = mine;
    return mine;
  };
  return () => {
    if (!current) return start();
    const begin = () => {
      next = undefined;
      return start();
    };
    next ??= current.then(begin, begin);
    return next;
  };
}

async function syncFolder(path: string): Promise<void> {
  const fd = await openFd(path, "r");
  try {
    await syncFd(fd);
  } finally {
    await closeFd(fd);
  }
}

/** Makes the names in a folder durable; concurrent calls for one folder share a flush. */
export type SyncFolder = (path: string) => Promise<void>;

export function createSyncFolder(): SyncFolder {
  const folders = new Map<string, () => Promise<void>>();
  return (path) => {
    const shared = folders.get(path) ?? createSharedRun(() => syncFolder(path));
    folders.set(path, shared);
    return shared();
  };
}

/** Links `from` to `to` and makes the new name durable. EEXIST is an error: a name is never reused. */
export async function linkDurably(
  { from, to }: { from: string; to: string },
  sync: SyncFolder,
): Promise<void> {
  await link(from, to);
  try {
    await sync(dirname(to));
  } catch (error) {
    await unlink(to);
    throw error;
  }
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}

/** Turns "no space" into the core's refusal; anything else is returned as it came. */
export function translateWriteError(error: unknown, wantedBytes: number): unknown {
  if (isNoSpace(error)) return new CoreError("disk-full", { wantedBytes }, { cause: error });
  return error;
}

export function isNoSpace(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOSPC" || code === "EDQUOT";
}
