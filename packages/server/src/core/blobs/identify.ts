/** Job `identify-blob`: a joined file is readable at once; its SHA-256 follows, and with it deduplication. Idempotent. */
import type { Clock } from "../clock.ts";
import type { BlobIndex } from "./blob-index.ts";
import type { ContentHasher } from "./content-hasher.ts";
import type { ReadContent } from "./content.ts";

export const identifyBlobJob = "identify-blob";

export type IdentifyBlob = (blobId: string) => Promise<void>;

export function createIdentifyBlob({
  index,
  readContent,
  hasher,
  clock,
}: {
  index: BlobIndex;
  readContent: ReadContent;
  hasher: ContentHasher;
  clock: Clock;
}): IdentifyBlob {
  return async (blobId) => {
    const blob = await index.find(blobId);
    if (!blob || blob.digests.sha256 !== undefined) return;
    const stream = hasher.open({ algorithms: ["sha256"], path: null });
    try {
      for await (const bytes of readContent(blobId, { start: 0, end: blob.size }))
        await stream.append(bytes);
      await index.identify({ blobId, digests: await stream.digest(), now: clock.now() });
    } finally {
      stream.close();
    }
  };
}
