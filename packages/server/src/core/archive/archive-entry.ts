/** What goes into an archive, and the port that lists it. */

export type ArchiveItem =
  | {
      readonly kind: "file";
      /** Names joined by `/`, as the drive has them. */
      readonly path: string;
      readonly size: number;
      readonly modifiedAt: number;
      readonly blobId: string;
    }
  | { readonly kind: "folder"; readonly path: string; readonly modifiedAt: number };

/** The same things in the same order as long as nothing has changed: the archive's ETag is made of what it lists. */
export interface ArchiveSource {
  /** Some at a time: an asynchronous step for each of ten thousand would cost as much as the rest of a plan. */
  pages(): AsyncIterable<readonly ArchiveItem[]>;
}

/** As the archive names it: a safe path, unique whatever the letter case. */
export interface ArchiveEntry {
  /** UTF-8; a folder's ends in `/`. */
  readonly path: string;
  readonly size: number;
  readonly modifiedAt: number;
  /** Null for a folder. */
  readonly blobId: string | null;
}
