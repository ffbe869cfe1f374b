/**
 * Room that is the database's alone. Writing to a full disk fails for the log and the tables alike, and so would the very deletes that make
 * room. A file of real blocks lies beside the database; when the disk is full to the last byte it is given up, so that commands which free
 * space can be committed, and it is made again once there is room enough for it.
 */
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  statfsSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

const mebibyte = 1024 * 1024;
const maxBytes = 8 * mebibyte;
/** Of the whole volume: a 16 MiB disk should not lose much to it. */
const share = 1 / 32;
const retryMs = 1_000;
const pieceBytes = 256 * 1024;

export interface Ballast {
  /** Gives the blocks back. False when there are none to give, or they cannot be given now. Never throws. */
  release(): boolean;
  /** Makes the file if it is not there and there is room for it twice; looks at most once a second. Never throws. */
  restore(): void;
}

export function openBallast(databaseFile: string): Ballast {
  const path = `${databaseFile}-ballast`;
  const folder = dirname(databaseFile);
  const { blocks, bsize } = statfsSync(folder);
  const bytes = Math.min(maxBytes, Math.floor((blocks * bsize * share) / pieceBytes) * pieceBytes);
  let isWhole = sizeOf(path) === bytes;
  let lookedAt = -Infinity;

  const restore = (): void => {
    if (isWhole || bytes === 0 || performance.now() - lookedAt < retryMs) return;
    lookedAt = performance.now();
    isWhole = succeeds(() => {
      const { bavail } = statfsSync(folder);
      if (bavail * bsize < 2 * bytes) throw new Error("no room to spare");
      fill(path, bytes);
    });
  };

  return {
    restore,
    release() {
      if (!isWhole) return false;
      isWhole = false;
      lookedAt = performance.now();
      return succeeds(() => empty(path));
    },
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Bytes, not a hole: a hole has no blocks to give back. */
function fill(path: string, bytes: number): void {
  const file = openSync(path, "w", 0o600);
  try {
    const piece = Buffer.alloc(pieceBytes, 0x5a);
    for (let written = 0; written < bytes;) {
      written += writeSync(file, piece, 0, Math.min(pieceBytes, bytes - written), written);
    }
    fsyncSync(file);
  } catch (error) {
    // Somebody else was faster to take the room: what was written is given back.
    ftruncateSync(file, 0);
    throw error;
  } finally {
    closeSync(file);
  }
}

/** Truncated and synced before it is unlinked: the file system may hold the blocks of a removed file back until its journal commits. */
function empty(path: string): void {
  const file = openSync(path, "r+");
  try {
    ftruncateSync(file, 0);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  unlinkSync(path);
}

/** Nothing depends on the ballast but the next full disk, so no failure of it may fail a commit: it is tried again. */
function succeeds(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
