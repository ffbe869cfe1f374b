/** The persistence port of the files a user sees. */
import type { Digests } from "../blobs/digest.ts";
import type { Actor } from "../events.ts";

export interface FileEntry {
  readonly id: string;
  readonly ownerId: string;
  readonly name: string;
  readonly mediaType: string | null;
  readonly size: number;
  readonly blobId: string;
  readonly digests: Digests;
  /** Raised by each replacement of the content. */
  readonly version: number;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export interface FilePage {
  readonly items: FileEntry[];
  readonly nextCursor: string | null;
}

export interface FileStore {
  find(id: string): Promise<FileEntry | undefined>;
  /** Those of the ids that exist. */
  findMany(ids: readonly string[]): Promise<ReadonlyMap<string, FileEntry>>;
  /** By name; `name` is exact, `prefix` filters. Cursors are stable under inserts and deletes. */
  list(input: {
    ownerId: string;
    prefix?: string;
    name?: string;
    limit: number;
    cursor?: string;
  }): Promise<FilePage>;
  /** Throws `name-taken` when a live file of this owner has the same name key and `onConflict` is `fail`. An early, advisory check: publish decides. */
  assertNameFree(input: { ownerId: string; name: string }): Promise<void>;
  /** Deletes the entry, gives the quota back, marks the blob unreferenced if this was its last reference. False when there was none. */
  remove(input: { id: string; ownerId: string; actor: Actor; now: number }): Promise<boolean>;
}
