/**
 * What a drive holds: folders and files, in one tree for each account.
 *
 * - The root folder of an account has the account's id and no row of its own: it cannot be moved, renamed or deleted.
 * - A node is *live* when its parents lead to that root. The top of what was trashed has no parent, so trashing, restoring and moving a
 *   folder changes one row, however much is in it.
 * - A file's current content is its own; what it was before is in its versions. Both keep their blobs alive and count against the quota, in
 *   the trash as well.
 */
import type { Digests } from "../blobs/digest.ts";

interface NodeFacts {
  readonly id: string;
  /** Whose drive it is in, and whose quota it counts against. */
  readonly ownerId: string;
  /** Null for the root and for the top of what is in the trash. */
  readonly parentId: string | null;
  readonly name: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export interface FolderNode extends NodeFacts {
  readonly kind: "folder";
}

export interface FileNode extends NodeFacts {
  readonly kind: "file";
  readonly mediaType: string | null;
  readonly size: number;
  readonly blobId: string;
  readonly digests: Digests;
  /** Raised by each replacement of the content. */
  readonly version: number;
}

export type DriveNode = FolderNode | FileNode;
export type NodeKind = DriveNode["kind"];

/** One earlier content of a file. The current one has the number of the file itself. */
export interface FileVersion {
  readonly number: number;
  readonly size: number;
  readonly mediaType: string | null;
  readonly blobId: string;
  readonly digests: Digests;
  /** When this content became the file's. */
  readonly createdAt: number;
  readonly isCurrent: boolean;
}

/** The top of something in the trash. */
export interface TrashEntry {
  readonly node: DriveNode;
  readonly trashedAt: number;
  /** The folder it was in, which may be gone by now. */
  readonly fromParentId: string;
}

/** What an account says of a node for itself. */
export interface Marks {
  readonly starred: boolean;
  readonly tags: readonly string[];
}

/** Folders may lie in folders this deep; the root's children are at depth 1. */
export const maxDepth = 100;
/** More than this many nodes are copied and deleted in the background. */
export const maxNodesAtOnce = 1_000;
/** That one account may put on a node. */
export const maxTags = 50;
/** The oldest version goes when a file has more earlier ones than this. */
export const maxVersions = 100;

export function isRoot(node: Pick<DriveNode, "id" | "ownerId">): boolean {
  return node.id === node.ownerId;
}
