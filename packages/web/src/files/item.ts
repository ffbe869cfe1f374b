import type { DriveNode, StoredFile } from "@sampan/sdk";
import type { Place } from "../places/place.ts";

/** One entry of a list; in the trash it says since when. */
export interface Item extends DriveNode {
  readonly trashedAt?: string | null;
}

export function isFolder({ kind }: Pick<Item, "kind">): boolean {
  return kind === "folder";
}

export function toItem(file: StoredFile): Item {
  return { ...file, kind: "file", starred: false, tags: [] };
}

/** Where files that are dropped or pasted go, if anywhere. */
export function canReceive(place: Place): place is Extract<Place, { kind: "folder" }> {
  return place.kind === "folder";
}
