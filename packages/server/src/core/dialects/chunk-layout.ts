/** Where numbered chunks of one size stand in a file whose client says how many there are, but not how long they are. */
import { CoreError } from "../errors.ts";
import type { Range } from "../uploads/upload.ts";

export interface ChunkCount {
  readonly size: number;
  readonly totalChunks: number;
}

/** Throws `invalid-request` unless `size` bytes can be cut into so many chunks of one size and a last one of at least a byte. */
export function assertChunkCount({ size, totalChunks }: ChunkCount, field: string): void {
  const isPossible = size === 0 ? totalChunks <= 1 : totalChunks >= 1 && totalChunks <= size;
  if (isPossible) return;
  throw new CoreError("invalid-request", {
    field,
    reason: `${size} bytes cannot be so many chunks`,
  });
}

/** The chunk size, where the count alone leaves no choice. */
export function onlyChunkSize({ size, totalChunks }: ChunkCount): number | undefined {
  if (totalChunks <= 1) return Math.max(1, size);
  return Math.floor((size - 1) / (totalChunks - 1)) === 1 ? 1 : undefined;
}

/** The chunk size that a chunk's length shows; throws `part-misaligned` when no size makes this chunk so long. */
export function chunkSizeShownBy(
  { size, totalChunks }: ChunkCount,
  { index, length }: { index: number; length: number },
): number {
  const isLast = index === totalChunks - 1;
  const chunkSize = isLast && totalChunks > 1 ? (size - length) / (totalChunks - 1) : length;
  const lastLength = size - chunkSize * (totalChunks - 1);
  if (Number.isInteger(chunkSize) && chunkSize >= 1 && lastLength >= 1) return chunkSize;
  throw new CoreError("part-misaligned", { partSize: Math.ceil(size / totalChunks), length });
}

/** Throws `part-out-of-range` for an index that there is not. */
export function chunkRange(
  { size, totalChunks, chunkSize }: ChunkCount & { chunkSize: number },
  index: number,
): Range {
  assertIndex(index, totalChunks);
  const start = index * chunkSize;
  return { start, end: index === totalChunks - 1 ? size : start + chunkSize };
}

export function assertIndex(index: number, totalChunks: number): void {
  if (index >= 0 && index < Math.max(1, totalChunks)) return;
  throw new CoreError("part-out-of-range", { number: index, parts: totalChunks });
}

/** Which chunks are wholly held and which are not, ascending. Nothing is, while their size is unknown. */
export function sortChunks(
  { size, totalChunks, chunkSize }: ChunkCount & { chunkSize: number | null },
  held: readonly Range[],
): { uploaded: number[]; missing: number[] } {
  const uploaded: number[] = [];
  const missing: number[] = [];
  let at = 0;
  for (let index = 0; index < totalChunks; index++) {
    const range = chunkRange({ size, totalChunks, chunkSize: chunkSize ?? 1 }, index);
    while (at < held.length && held[at]!.end < range.end) at++;
    const cover = held[at];
    // Ranges with a CRC of their own may touch without being merged.
    const isHeld =
      chunkSize !== null &&
      (range.start === range.end || (cover !== undefined && startOfRun(held, at) <= range.start));
    (isHeld ? uploaded : missing).push(index);
  }
  return { uploaded, missing };
}

function startOfRun(held: readonly Range[], at: number): number {
  let first = at;
  while (first > 0 && held[first - 1]!.end === held[first]!.start) first--;
  return held[first]!.start;
}
