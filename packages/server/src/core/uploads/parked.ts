/**
 * Bytes that came a little before their turn, kept in memory until the hash comes to them: several chunks of one file may then arrive
 * at once without being read back from disk. They come in runs, each the bytes of one body from its first byte on without a gap, so
 * that a body is never half kept: its later bytes would wait for earlier ones that nobody brings.
 *
 * Whoever keeps memory here waits for it. So all of it is given up as soon as the hash stands still (then it reads the file), and
 * all uploads together may have only so much.
 */
import type { MemoryBudget } from "../blobs/memory-budget.ts";

export interface Piece {
  readonly bytes: Uint8Array;
  readonly position: number;
  /** Where its body began. */
  readonly start: number;
}

export interface Parked {
  canKeep(piece: { position: number; start: number }): boolean;
  /** Resolves when the memory may be used again, hashed or not; undefined when it is not kept. */
  keep(piece: Piece): Promise<void> | undefined;
  /** Hashes, in order, what goes on at `position` without a gap, and gives up what lies before it; returns where that ends. */
  follow(position: number, hash: (bytes: Uint8Array) => Promise<void>): number;
  giveUp(): void;
}

/** The hash has to come on this often; a body is given up to the disk rather than held up for longer. */
export const patienceMs = 20;

interface Kept {
  readonly bytes: Uint8Array;
  readonly settle: PromiseWithResolvers<void>;
}

export function createParked(memory: MemoryBudget): Parked {
  const pieces = new Map<number, Kept>();
  /** Where the runs end that are here. */
  const ends = new Set<number>();
  let timer: NodeJS.Timeout | undefined;

  const giveUp = (): void => {
    clearTimeout(timer);
    timer = undefined;
    ends.clear();
    for (const { bytes, settle } of pieces.values()) {
      memory.giveBack(bytes.length);
      settle.resolve();
    }
    pieces.clear();
  };
  const hasBeginning = ({ position, start }: { position: number; start: number }): boolean =>
    (position === start || ends.has(position)) && !pieces.has(position);

  return {
    giveUp,
    canKeep: (piece) => hasBeginning(piece) && memory.hasRoom(),
    keep(piece) {
      const { bytes, position } = piece;
      if (!hasBeginning(piece) || !memory.take(bytes.length)) return undefined;
      const settle = Promise.withResolvers<void>();
      ends.delete(position);
      ends.add(position + bytes.length);
      pieces.set(position, { bytes, settle });
      timer ??= setTimeout(giveUp, patienceMs);
      return settle.promise;
    },
    follow(from, hash) {
      let position = from;
      for (let kept = pieces.get(position); kept; kept = pieces.get(position)) {
        const { bytes, settle } = kept;
        pieces.delete(position);
        position += bytes.length;
        memory.giveBack(bytes.length);
        hash(bytes).then(settle.resolve, settle.reject);
      }
      ends.delete(position);
      const isPassed = [...pieces.keys()].some((start) => start < position);
      if (isPassed || pieces.size === 0) giveUp();
      else timer?.refresh();
      return position;
    },
  };
}
