/** SHA-1 and MD5 of a content, for clients that know it by these. SHA-256 stays what it is known by here. */
import type { BlobIndex } from "./blob-index.ts";
import type { ContentHasher } from "./content-hasher.ts";
import type { ReadContent } from "./content.ts";
import type { Digests } from "./digest.ts";

/** All three digests of a content. Reads it once where one is not known yet. Idempotent. */
export type AddChecksums = (content: {
  blobId: string;
  size: number;
  digests: Digests;
}) => Promise<Digests>;

export function createAddChecksums({
  index,
  readContent,
  hasher,
}: {
  index: Pick<BlobIndex, "addDigests">;
  readContent: ReadContent;
  hasher: ContentHasher;
}): AddChecksums {
  return async ({ blobId, size, digests: known }) => {
    if (known.sha1 !== undefined && known.md5 !== undefined) return known;
    const stream = hasher.open({ algorithms: ["sha1", "md5"], path: null });
    try {
      for await (const bytes of readContent(blobId, { start: 0, end: size }))
        await stream.append(bytes);
      const digests = await stream.digest();
      await index.addDigests({ blobId, digests });
      return { ...digests, ...known };
    } finally {
      stream.close();
    }
  };
}
