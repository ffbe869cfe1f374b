/**
 * Compaction, when idle: a blob in many pieces, or one that lives in a pack that is mostly dead, is rewritten as one file of its own
 * (or into the current pack, if small) and its manifest replaced by compare-and-set. Readers of the old pieces finish in the sweep's grace period.
 */
import type { Clock } from "../clock.ts";
import { newId } from "../ids.ts";
import type { Blob, BlobIndex } from "./blob-index.ts";
import type { BlobStore } from "./blob-store.ts";
import type { ReadContent } from "./content.ts";
import type { Manifest, ManifestSegment } from "./manifest.ts";

export interface CompactRules {
  /** A manifest of more segments is fragmented. */
  readonly maxSegments: number;
  /** A pack with less of it alive is rewritten. */
  readonly minLiveRatio: number;
  /** A smaller pack is left alone; at most a quarter of the largest. */
  readonly minPackBytes: number;
}

export const defaultCompactRules: CompactRules = {
  maxSegments: 64,
  minLiveRatio: 0.5,
  minPackBytes: 1024 * 1024,
};

const repackBatchBytes = 8 * 1024 * 1024;

/** One bounded step; returns how many blobs moved, so that the caller goes on while there is work. */
export type Compact = () => Promise<{ blobs: number }>;

export function createCompact({
  index,
  blobs,
  readContent,
  clock,
  rules = defaultCompactRules,
}: {
  index: BlobIndex;
  blobs: BlobStore;
  readContent: ReadContent;
  clock: Clock;
  rules?: CompactRules;
}): Compact {
  const rewrite = async (blob: Blob): Promise<boolean> => {
    const from = await index.manifest(blob.id);
    const name = newId(clock.now());
    await blobs.write({ name, source: readContent(blob.id, { start: 0, end: blob.size }) });
    const to: ManifestSegment[] = [{ stored: name, kind: "blob", offset: 0, length: blob.size }];
    const replaced = await index.replaceManifest({ blobId: blob.id, from, to, now: clock.now() });
    if (!replaced) await blobs.remove({ stored: name, kind: "blob" });
    return replaced;
  };

  /** Moves small blobs into the current pack, a bounded batch to a flush. */
  const repack = async (blobIds: readonly string[]): Promise<number> => {
    let moved = 0;
    let batch: { blobId: string; from: Manifest; bytes: Uint8Array }[] = [];
    let batchBytes = 0;
    const flush = async (): Promise<void> => {
      if (batch.length === 0) return;
      const { stored, offsets } = await blobs.packs.append(batch.map(({ bytes }) => bytes));
      const now = clock.now();
      const outcomes = await Promise.all(
        batch.map(({ blobId, from, bytes }, i) => {
          const to: ManifestSegment[] = [
            { stored, kind: "pack", offset: offsets[i]!, length: bytes.length },
          ];
          return index.replaceManifest({ blobId, from, to, now });
        }),
      );
      moved += outcomes.filter(Boolean).length;
      [batch, batchBytes] = [[], 0];
    };
    for (const blobId of blobIds) {
      const blob = await index.find(blobId);
      if (!blob) continue;
      const from = await index.manifest(blobId);
      batch.push({ blobId, from, bytes: await readWhole(readContent, blob) });
      batchBytes += blob.size;
      if (batchBytes >= repackBatchBytes) await flush();
    }
    await flush();
    return moved;
  };

  return async () => {
    let moved = 0;
    for (const blob of await index.fragmented({ segments: rules.maxSegments, limit: 8 })) {
      if (await rewrite(blob)) moved++;
    }
    const sparse = await index.sparsePacks({
      liveRatio: rules.minLiveRatio,
      minLength: Math.min(rules.minPackBytes, blobs.packs.maxBytes / 4),
      limit: 1,
    });
    for (const { blobIds } of sparse) moved += await repack(blobIds);
    return { blobs: moved };
  };
}

/** Only for blobs that live in packs: they came through memory once, and are small. */
async function readWhole(readContent: ReadContent, blob: Blob): Promise<Uint8Array> {
  const whole = Buffer.allocUnsafe(blob.size);
  let position = 0;
  for await (const bytes of readContent(blob.id, { start: 0, end: blob.size })) {
    whole.set(bytes, position);
    position += bytes.length;
  }
  return whole;
}
