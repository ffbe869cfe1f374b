/** CRC-32 of what a `balanced` upload wrote, in runs: recovery reads each run again, because nothing was flushed. */
import { crc32 } from "node:zlib";
import { missingWithin, type Stretch } from "./ranges.ts";
import type { HeldRange } from "./upload.ts";

/** A run covers at most about this much, so that a checkpoint finds runs that have ended. */
const maxRunBytes = 8 * 1024 * 1024;

export interface ChecksumRuns {
  /** Extends the running CRC, or begins one; runs are cut at stretches that are held already. */
  add(bytes: Uint8Array, position: number): void;
  /** Removes and returns the runs that end by `end`, ascending. */
  take(end: number): HeldRange[];
}

export function createChecksumRuns(stretches: readonly Stretch[]): ChecksumRuns {
  const runs: HeldRange[] = [];
  return {
    add(bytes, position) {
      for (const range of missingWithin(stretches, {
        start: position,
        end: position + bytes.length,
      })) {
        const piece = bytes.subarray(range.start - position, range.end - position);
        const last = runs.at(-1);
        const goesOn = last?.end === range.start && last.end - last.start < maxRunBytes;
        if (goesOn && last.crc32 !== null) {
          runs[runs.length - 1] = { ...last, end: range.end, crc32: crc32(piece, last.crc32) };
        } else {
          runs.push({ ...range, crc32: crc32(piece) });
        }
      }
    },
    take(end) {
      const cut = runs.findIndex((run) => run.end > end);
      return runs.splice(0, cut === -1 ? runs.length : cut);
    },
  };
}
