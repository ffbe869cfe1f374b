import type { ByteRange } from "../source.ts";
import { addRange, countBytes, normalizeRanges } from "./ranges.ts";
import type { DownloadSink } from "./sink.ts";

/** What a kill may cost: whichever of the two comes first. */
const CHECKPOINT_BYTES = 64 * 1024 ** 2;
const CHECKPOINT_MS = 2_000;

/** Collects what is written, and makes it durable now and then, one checkpoint at a time. */
export interface Checkpoints {
  readonly heldBytes: number;
  /** Throws the failure of an earlier checkpoint. */
  add(range: ByteRange): void;
  /** Resolves when everything added is durable. */
  finish(): Promise<void>;
}

export function createCheckpoints(sink: DownloadSink, held: readonly ByteRange[]): Checkpoints {
  let ranges = normalizeRanges(held);
  let heldBytes = countBytes(ranges);
  let durableBytes = heldBytes;
  let lastAtMs = performance.now();
  let running: Promise<void> | null = null;
  let failure: { error: unknown } | null = null;

  async function checkpoint(): Promise<void> {
    const bytes = heldBytes;
    try {
      await sink.checkpoint(ranges);
      durableBytes = bytes;
    } catch (error) {
      failure ??= { error };
    } finally {
      lastAtMs = performance.now();
      running = null;
    }
  }

  function throwFailure(): void {
    if (failure !== null) throw failure.error;
  }

  return {
    get heldBytes() {
      return heldBytes;
    },
    add(range) {
      throwFailure();
      ranges = addRange(ranges, range);
      heldBytes = countBytes(ranges);
      const isDue =
        heldBytes - durableBytes >= CHECKPOINT_BYTES ||
        performance.now() - lastAtMs >= CHECKPOINT_MS;
      if (isDue) running ??= checkpoint();
    },
    async finish() {
      await running;
      throwFailure();
      if (heldBytes > durableBytes) await checkpoint();
      throwFailure();
    },
  };
}
