/** The persistence port of an archive's listing. Of each node only what an archive needs: it lists them by the ten thousand. */
import type { FileNode, FolderNode } from "../drive/node.ts";

type Facts = "kind" | "id" | "ownerId" | "parentId" | "name" | "modifiedAt";

export type ListedNode = Pick<FolderNode, Facts> | Pick<FileNode, Facts | "size" | "blobId">;

export interface ListedPage {
  readonly items: readonly ListedNode[];
  /** To go on from; null at the end. */
  readonly next: string | null;
}

export interface ArchiveTree {
  /** Those that exist, wherever they are. Roots are no nodes. */
  find(ids: readonly string[]): Promise<ReadonlyMap<string, ListedNode>>;
  /** What is in a folder, files and folders together, in the order of their name keys. */
  children(input: { folderId: string; from: string | null; limit: number }): Promise<ListedPage>;
  /** Equal answers: nothing at all was committed in between. Null where the database cannot tell. */
  stamp(): Promise<number | null>;
}
