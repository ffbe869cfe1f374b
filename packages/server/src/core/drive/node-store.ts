/**
 * The persistence port of the tree. Every method is one transaction; one that returns has committed durably. What a command names must be
 * in the drive of `ownerId` (whether the actor may act there is `access.ts`'s question): anything else is `node-not-found`.
 */
import type { Actor } from "../events.ts";
import type { Reader } from "../sharing/reader.ts";
import type { ConflictPolicy } from "../uploads/upload.ts";
import type { DriveNode, FileVersion, Marks, NodeKind, TrashEntry } from "./node.ts";
import type { TreeJob } from "./tree-job.ts";

export type NodeSort = "name" | "modified" | "size";
export type SortOrder = "asc" | "desc";

export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}

export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string;
}

/** A node with the folders above it. */
export interface Trail {
  readonly node: DriveNode;
  /** From the drive's root (or the top of what is in the trash) down to the parent. Empty for the root itself. */
  readonly folders: readonly DriveNode[];
  /** Whether that leads to the root: false in the trash. */
  readonly isLive: boolean;
  /** Of the top of the trail, where it is in the trash. */
  readonly trashedAt: number | null;
}

interface Change {
  readonly ownerId: string;
  readonly actor: Actor;
  readonly now: number;
}

/** Done at once, or begun as a job. */
export type TreeOutcome =
  | { readonly kind: "done"; readonly ids: readonly string[] }
  | { readonly kind: "job"; readonly job: TreeJob };

export interface NodeStore {
  /** Wherever it is, trash included; the root too. */
  find(id: string): Promise<DriveNode | undefined>;
  findMany(ids: readonly string[]): Promise<ReadonlyMap<string, DriveNode>>;
  trail(id: string): Promise<Trail | undefined>;
  /** The node under these names below a folder, each matched by its key. The folder itself for no names. */
  findByNames(input: {
    folderId: string;
    names: readonly string[];
  }): Promise<DriveNode | undefined>;
  /** Folders first, each kind in the order asked for; cursors are stable under inserts and deletes. */
  children(
    input: {
      folderId: string;
      sort?: NodeSort;
      order?: SortOrder;
      kind?: NodeKind;
    } & PageQuery,
  ): Promise<Page<DriveNode>>;
  /** Live files, last modified first. */
  recent(input: { ownerId: string } & PageQuery): Promise<Page<DriveNode>>;
  /** Live nodes with the account's star, last starred first. */
  starred(input: { accountId: string } & PageQuery): Promise<Page<DriveNode>>;
  /** Live nodes with the account's tag, last tagged first. */
  tagged(input: { accountId: string; tag: string } & PageQuery): Promise<Page<DriveNode>>;
  /** The account's tags with how many nodes have each. */
  tags(accountId: string): Promise<{ tag: string; nodes: number }[]>;
  marks(input: { accountId: string; ids: readonly string[] }): Promise<ReadonlyMap<string, Marks>>;
  /** Last trashed first. */
  trash(input: { ownerId: string } & PageQuery): Promise<Page<TrashEntry>>;
  /** Of a file, the current one first. */
  versions(id: string): Promise<FileVersion[]>;

  /**
   * Makes the folders of a path below `parentId` that are not there yet, and returns the last. Only that one obeys `onConflict`: `fail` refuses
   * when it was there (`name-taken`), `reuse` returns it, `keep-both` makes another. A file in the way is `name-taken`.
   */
  makeFolders(
    input: Change & {
      parentId: string;
      names: readonly string[];
      onConflict: "fail" | "keep-both" | "reuse";
    },
  ): Promise<DriveNode>;
  /**
   * Moves a node as `move` does, and says what an account says of it (`tags` replace its earlier ones): all of it or nothing. Resolves to the id
   * under which the node is found now.
   */
  change(
    input: Change & {
      id: string;
      place?: { parentId: string; name?: string; onConflict: ConflictPolicy };
      marks?: { accountId: string; starred?: boolean; tags?: readonly string[] };
    },
  ): Promise<string>;
  /**
   * Moves nodes into a folder, all or none; `name` renames the one that there is then. `replace` makes a file a newer version of the file that has
   * its name, with the star and tags of both; a folder replaces nothing. Throws `name-taken`, `folder-into-itself`, `too-deep`, `not-a-folder`, `parent-gone`, `node-trashed`.
   */
  move(
    input: Change & {
      ids: readonly string[];
      parentId: string;
      name?: string;
      onConflict: ConflictPolicy;
    },
  ): Promise<readonly string[]>;
  /**
   * Copies by reference, from any drive into that of `ownerId`. Quota first. Refuses as `move` does. Of a `reader` it is asked in each
   * transaction whether they may still read what is copied; one through a link counts as a download, unless nothing comes of it at once. Throws
   * `node-not-found`, `shared-link-not-found`, `downloads-spent`, `preview-only` then.
   */
  copy(
    input: Change & {
      ids: readonly string[];
      parentId: string;
      name?: string;
      onConflict: ConflictPolicy;
      reader?: Reader;
    },
  ): Promise<TreeOutcome>;
  /** To the trash; what is there already stays. */
  trashNodes(input: Change & { ids: readonly string[] }): Promise<void>;
  /** Tops of the trash, into `parentId` or back to where they were, or the root if that is gone. */
  restore(
    input: Change & { ids: readonly string[]; parentId?: string; onConflict: ConflictPolicy },
  ): Promise<readonly string[]>;
  /** For good, from the drive or from the trash. */
  remove(input: Change & { ids: readonly string[] }): Promise<TreeOutcome>;
  /** Everything trashed until now. */
  emptyTrash(input: Change): Promise<TreeOutcome>;
  /** Takes some of what was trashed before `before`, of one drive; how much. Retention calls it until it is 0. */
  expireTrash(input: { before: number; now: number; limit: number }): Promise<number>;
  /** Of every drive: drops some of the versions that were replaced before `before`; how many. */
  expireVersions(input: { before: number; now: number; limit: number }): Promise<number>;
  /** Forgets jobs that ended, and left nothing to do, before `before`; how many. */
  purgeJobs(input: { before: number; limit: number }): Promise<number>;
  /** An earlier content becomes the newest version. */
  restoreVersion(input: Change & { id: string; number: number }): Promise<DriveNode>;
  removeVersion(input: Change & { id: string; number: number }): Promise<void>;
  setStar(input: {
    accountId: string;
    ids: readonly string[];
    starred: boolean;
    actor: Actor;
    now: number;
  }): Promise<void>;

  findJob(id: string): Promise<TreeJob | undefined>;
  jobs(input: { accountId: string } & PageQuery): Promise<Page<TreeJob>>;
  /** One step; undefined once there is nothing left to do. */
  advanceJob(input: { id: string; now: number }): Promise<TreeJob | undefined>;
  /** Compare-and-set to an end; undefined when it had ended. */
  endJob(input: {
    id: string;
    state: "cancelled" | "failed";
    failure?: string;
    now: number;
  }): Promise<TreeJob | undefined>;
}

/** Where names are looked for. */
export type SearchScope =
  /** In a drive. */
  | { readonly kind: "drive"; readonly ownerId: string }
  /** Below a folder of a drive, however deep. */
  | { readonly kind: "folder"; readonly ownerId: string; readonly folderId: string }
  /** In what others share with an account, and in its own drive as well if that is wanted. */
  | {
      readonly kind: "shared";
      readonly accountId: string;
      readonly withOwn: boolean;
      readonly now: number;
    };

/** Finding nodes by a part of their name. An index of its own, so that each database can bring what it has. */
export interface NameSearch {
  /** Live nodes whose name has `text` in it, letter case and normal form apart; newest first. A page may be short before the end. */
  find(
    input: { scope: SearchScope; text: string; kind?: NodeKind } & PageQuery,
  ): Promise<Page<DriveNode>>;
  /** Indexes some of what is new; how many. What is not indexed yet is found too, only slower. */
  catchUp(input: { limit: number }): Promise<number>;
}
