/** The persistence port of what an archive needs to know of blobs: many at once, because it has many. */
import type { Manifest } from "../blobs/manifest.ts";

export interface StoredContent {
  readonly manifest: Manifest;
  /** CRC-32 (ISO-HDLC, that of ZIP and gzip) of the whole content; null until it has been computed. */
  readonly crc32: number | null;
}

export interface BlobCrc {
  readonly blobId: string;
  readonly crc32: number;
}

export interface ArchiveIndex {
  /** Those of the blobs that exist. */
  contents(blobIds: readonly string[]): Promise<ReadonlyMap<string, StoredContent>>;
  /** The CRCs that are known, of those of the blobs that exist. */
  crcs(blobIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Content never changes, so neither do these: one that is there stays; a blob that is gone is passed over. */
  recordCrcs(input: { crcs: readonly BlobCrc[] }): Promise<void>;
}
