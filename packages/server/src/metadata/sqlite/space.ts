/** The database's room on its disk: how long its log grows, and what it can fall back on when the disk is full. */
import { statfsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import { openBallast } from "./ballast.ts";
import { isDiskFull, resultCodeOf } from "./result-code.ts";

const pageBytes = 4096;
/** A checkpoint every 16 MiB of log costs less than one every 4 MiB, since hot pages are copied once. */
const maxLogPages = 4000;
/** On a small volume the log must stay well within the reserve that uploads leave to the database (5 % of it). */
const logShare = 1 / 64;

export interface Space {
  /** Begins the log anew in the blocks that it has. False when its pages could not be copied into the file, which needs room itself. */
  reuseLog(): boolean;
  /** Gives up the ballast. False when there is none. */
  release(): boolean;
  /** Makes the ballast again where it is gone and there is room. Cheap when there is nothing to do. */
  restore(): void;
}

export function openSpace(raw: DatabaseSync, file: string): Space {
  const { blocks, bsize } = statfsSync(dirname(file));
  const pages = Math.floor((blocks * bsize * logShare) / pageBytes);
  raw.exec(`pragma wal_autocheckpoint = ${Math.max(16, Math.min(maxLogPages, pages))}`);
  const ballast = openBallast(file);
  return {
    release: () => ballast.release(),
    restore: () => ballast.restore(),
    reuseLog() {
      try {
        // Not `truncate`: the blocks that the log gave back would be anybody's.
        const [row] = raw.prepare("pragma wal_checkpoint(restart)").all() as { busy: number }[];
        return row?.busy === 0;
      } catch (error) {
        if (isDiskFull(resultCodeOf(error))) return false;
        throw error;
      }
    },
  };
}
