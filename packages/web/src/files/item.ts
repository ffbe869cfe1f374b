import type { DriveNode, StoredFile } from "@sampan/sdk";

/** One entry of a list; in the trash it says since when. */
export interface Item extends DriveNode {
  readonly trashedAt?: string | null;
  /** Of what somebody else shares. */
  readonly ownerName?: string;
  readonly shareId?: string;
}

export function isFolder({ kind }: Pick<Item, "kind">): boolean {
  return kind === "folder";
}

export function toItem(file: StoredFile): Item {
  return { ...file, kind: "file", starred: false, tags: [] };
}
