import { isOthers } from "./grant.ts";
import type { NodeListState } from "./node-list.ts";

/** What one may do with what a list shows; everything with one's own. */
export interface Rights {
  /** Put things in. */
  readonly canAdd: boolean;
  /** Rename, move and trash. */
  readonly canChange: boolean;
  /** Share, star: what is the owner's alone. */
  readonly isOwn: boolean;
}

export function rightsOf({ place, folder, grant }: NodeListState): Rights {
  if (place.kind === "shared") return { canAdd: false, canChange: false, isOwn: false };
  if (folder !== null && isOthers(folder)) {
    const canEdit = grant?.right === "edit";
    return { canAdd: canEdit, canChange: canEdit, isOwn: false };
  }
  const isHere = place.kind === "folder" && folder !== null && folder.trashedAt === null;
  return { canAdd: isHere, canChange: place.kind !== "trash", isOwn: place.kind !== "trash" };
}
