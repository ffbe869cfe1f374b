/**
 * Deletion, in steps that a crash may interrupt anywhere: rows first (a blob that nothing references and its segments go in one
 * transaction, which re-checks), then a grace period in which downloads that began may end, then the bytes, then the tombstone.
 */
import type { Clock } from "../clock.ts";
import type { BlobIndex } from "./blob-index.ts";
import type { BlobStore } from "./blob-store.ts";

export interface Sweep {
  (): Promise<{ blobs: number; storedFiles: number }>;
}

export function createSweep({
  index,
  blobs,
  clock,
  graceMs,
}: {
  index: BlobIndex;
  blobs: BlobStore;
  clock: Clock;
  graceMs: number;
}): Sweep {
  return async () => {
    const now = clock.now();
    const swept = { blobs: 0, storedFiles: 0 };
    for (;;) {
      const collected = await index.collect({ before: now - graceMs, now, limit: 500 });
      swept.blobs += collected.blobs;
      if (collected.blobs === 0) break;
    }
    for (;;) {
      const dead = await index.tombstones({ before: clock.now() - graceMs + 1, limit: 500 });
      if (dead.length === 0) return swept;
      for (const file of dead) await blobs.remove(file);
      await index.forget({ stored: dead.map(({ stored }) => stored) });
      swept.storedFiles += dead.length;
    }
  };
}
