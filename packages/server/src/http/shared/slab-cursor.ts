/** The slab that is being filled, and where in it. Its start has the alignment of the file position that it will be written to. */
import { slabAlignment, type Slab } from "../../core/blobs/slab-pool.ts";
import type { Chunk } from "../../core/uploads/byte-source.ts";

export interface SlabCursor {
  readonly has: boolean;
  readonly isFull: boolean;
  use(slab: Slab, position: number): void;
  /** What is left to be filled; empty without a slab. */
  room(): Uint8Array;
  filled(count: number): void;
  /** The filled part as a chunk, or undefined when nothing was filled; the cursor has no slab after that. */
  take(): Chunk | undefined;
}

export function createSlabCursor(): SlabCursor {
  let slab: Slab | undefined;
  let start = 0;
  let fill = 0;
  return {
    get has() {
      return slab !== undefined;
    },
    get isFull() {
      return slab !== undefined && fill === slab.bytes.length;
    },
    use(fresh, position) {
      slab = fresh;
      start = position % slabAlignment;
      fill = start;
    },
    room: () => slab?.bytes.subarray(fill) ?? new Uint8Array(0),
    filled(count) {
      fill += count;
    },
    take() {
      const mine = slab;
      slab = undefined;
      if (!mine) return undefined;
      if (fill > start) return { bytes: mine.bytes.subarray(start, fill), release: mine.release };
      mine.release();
      return undefined;
    },
  };
}
