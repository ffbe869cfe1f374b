/** How an arriving range changes the rows around it. Pure; the statements are in `upload-ranges.ts`. */
import { CoreError } from "../../core/errors.ts";
import { planStretches } from "../../core/uploads/ranges.ts";
import type { HeldRange, Range } from "../../core/uploads/upload.ts";

export interface RangeMerge {
  /** Bytes not held before. */
  readonly added: number;
  /** The rows near the range as they become, ascending. */
  readonly rows: HeldRange[];
  readonly inserted: HeldRange[];
  /** Rows that keep their start and get another end. */
  readonly stretched: Range[];
  /** Starts of rows that another row swallowed. */
  readonly swallowed: number[];
}

/**
 * `near` holds every row that overlaps or touches `range`, ascending. Bytes already held add nothing. Rows with a CRC stay as they are: it
 * speaks of exactly their bytes, so a range with a CRC is stored whole, or not at all when it is held already; one that
 * is held in part throws `part-conflict`.
 */
export function mergeRange(near: readonly HeldRange[], range: HeldRange): RangeMerge {
  const pieces = planStretches(near, range).filter((stretch) => !stretch.held);
  const added = pieces.reduce((sum, piece) => sum + piece.end - piece.start, 0);
  if (added === 0) return { added, rows: [...near], inserted: [], stretched: [], swallowed: [] };
  if (range.crc32 !== null) {
    if (added !== range.end - range.start) {
      throw new CoreError("part-conflict", { start: range.start, length: range.end - range.start });
    }
    return {
      added,
      rows: inOrder([...near, range]),
      inserted: [range],
      stretched: [],
      swallowed: [],
    };
  }
  const plain = near.filter((row) => row.crc32 === null);
  const merged = coalesce([...plain, ...pieces]);
  const endsBefore = new Map(plain.map((row) => [row.start, row.end]));
  const startsAfter = new Set(merged.map((row) => row.start));
  return {
    added,
    rows: inOrder([...near.filter((row) => row.crc32 !== null), ...merged]),
    inserted: merged.filter((row) => !endsBefore.has(row.start)),
    stretched: merged.filter((row) => (endsBefore.get(row.start) ?? row.end) !== row.end),
    swallowed: plain.map((row) => row.start).filter((start) => !startsAfter.has(start)),
  };
}

/** End of the gapless stretch that reaches `offset` and goes on through `rows`. */
export function advance(offset: number, rows: readonly Range[]): number {
  let end = offset;
  for (const row of rows) {
    if (row.start > end) break;
    end = Math.max(end, row.end);
  }
  return end;
}

function coalesce(ranges: readonly Range[]): HeldRange[] {
  const merged: HeldRange[] = [];
  for (const { start, end } of inOrder(ranges)) {
    const last = merged.at(-1);
    if (last !== undefined && last.end === start) merged[merged.length - 1] = { ...last, end };
    else merged.push({ start, end, crc32: null });
  }
  return merged;
}

function inOrder<R extends Range>(ranges: readonly R[]): R[] {
  return ranges.toSorted((a, b) => a.start - b.start);
}
