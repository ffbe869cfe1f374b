/** The persistence port of files as the engine and the flat routes see them: live ones, in any folder unless it says otherwise. */
import type { Digests } from "../blobs/digest.ts";
import type { FileNode } from "./node.ts";
import type { Actor } from "../events.ts";

export type FileEntry = FileNode;

export interface FilePage {
  readonly items: FileEntry[];
  readonly nextCursor: string | null;
}

export interface FileStore {
  /** Undefined for what is in the trash. */
  find(id: string): Promise<FileEntry | undefined>;
  /** Those of the ids that exist. */
  findMany(ids: readonly string[]): Promise<ReadonlyMap<string, FileEntry>>;
  /** The files of one folder, the owner's root unless `parentId` names another, by name; `name` is exact, `prefix` filters. Cursors are stable under inserts and deletes. */
  list(input: {
    ownerId: string;
    parentId?: string;
    prefix?: string;
    name?: string;
    limit: number;
    cursor?: string;
  }): Promise<FilePage>;
  /** A live file of the owner whose content has this digest (the strongest of them): of this name if one is said, else the one that changed last. */
  findByDigests(input: {
    ownerId: string;
    digests: Digests;
    name?: string;
  }): Promise<FileEntry | undefined>;
  /**
   * Throws `name-taken` when the folder (below `parentId`, through `folders`) has a node of the same name key. An early, advisory check: publish
   * decides.
   */
  assertNameFree(input: {
    parentId: string;
    folders?: readonly string[];
    name: string;
  }): Promise<void>;
  /** Deletes a file and its versions for good, gives the quota back, marks blobs unreferenced that this was the last to refer to. False when there was none. */
  remove(input: { id: string; ownerId: string; actor: Actor; now: number }): Promise<boolean>;
}
