/** Job `make-preview`: makes what is not there yet, and keeps it or the fact that it cannot be made. Idempotent. */
import { hash } from "node:crypto";
import type { BlobIndex } from "../blobs/blob-index.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { Capacity } from "../blobs/capacity.ts";
import type { ReadContent } from "../blobs/content.ts";
import type { Clock } from "../clock.ts";
import { newId } from "../ids.ts";
import type { DerivedKey, DerivedStore } from "./derived-store.ts";
import { PreviewImpossible, type Previewer } from "./previewer.ts";

export interface MakePreviewDependencies {
  readonly derived: DerivedStore;
  readonly index: Pick<BlobIndex, "find" | "findBySha256">;
  readonly blobs: Pick<BlobStore, "packs">;
  readonly readContent: ReadContent;
  readonly capacity: Pick<Capacity, "assertRoom">;
  readonly previewer: Previewer;
  readonly clock: Clock;
}

export type MakePreview = (key: DerivedKey, signal: AbortSignal) => Promise<void>;

export function createMakePreview(dependencies: MakePreviewDependencies): MakePreview {
  const { derived, index, readContent, previewer, clock } = dependencies;

  return async (key, signal) => {
    const { blobId, kind } = key;
    const blob = await index.find(blobId);
    if (!blob || (await derived.find(key))) return;
    try {
      const source = {
        size: blob.size,
        read: (range: { start: number; end: number }) => readContent(blobId, range),
      };
      await store(key, await previewer.make({ kind, source }, signal));
    } catch (error) {
      if (!(error instanceof PreviewImpossible)) throw error;
      await derived.refuse({ ...key, reason: error.reason, now: clock.now() });
    }
  };

  /** As small files are: in a pack, unless equal content is there. Again when that went away meanwhile. */
  async function store(key: DerivedKey, bytes: Uint8Array): Promise<void> {
    const sha256 = hash("sha256", bytes, "hex");
    let known = (await index.findBySha256([sha256])).has(sha256);
    for (;;) {
      const placed = known ? undefined : await place(bytes);
      const now = clock.now();
      const outcome = await derived.publish({
        ...key,
        derivedId: newId(now),
        size: bytes.length,
        sha256,
        segment: placed ? { stored: placed.stored, offset: placed.offsets[0]! } : null,
        pack: placed ? { stored: placed.stored, length: placed.length } : null,
        now,
      });
      if (outcome !== "bytes-needed") return;
      // The pack has a tombstone: whatever is appended to it would be refused too.
      if (placed) await dependencies.blobs.packs.retire(placed.stored);
      known = false;
    }
  }

  async function place(bytes: Uint8Array) {
    await dependencies.capacity.assertRoom(bytes.length);
    return dependencies.blobs.packs.append([bytes]);
  }
}
