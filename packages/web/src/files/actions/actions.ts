import { isFolder, type Item } from "../item.ts";
import { createClipboardActions } from "./clipboard.ts";
import { createDownloadActions } from "./download.ts";
import { createLeaveActions } from "./leave.ts";
import { createFolderActions } from "./folders.ts";
import { createAttempt, type ActionParts } from "./shared.ts";
import { createTrashActions } from "./trash.ts";

export type FileActions = ReturnType<typeof createFileActions>;

/** What can be done to what a list shows. */
export function createFileActions(parts: ActionParts) {
  const attempt = createAttempt(parts);
  const downloads = createDownloadActions(parts, attempt);
  const { navigation, files } = parts;
  return {
    ...downloads,
    ...createTrashActions(parts, attempt),
    ...createFolderActions(parts, attempt),
    ...createClipboardActions(parts, attempt),
    ...createLeaveActions(parts, attempt),

    open(item: Item): void {
      if (files.get().place.kind === "trash") return;
      if (isFolder(item)) navigation.go({ kind: "folder", id: item.id });
      else navigation.showFile(item.id);
    },

    /** The folder that something lies in. */
    openFolderOf(item: Item): void {
      navigation.go({ kind: "folder", id: item.parentId ?? "root" });
    },

    openParent(): void {
      const { folder } = files.get();
      const parent = folder?.path.at(-1);
      if (parent === undefined) return;
      const isRoot = folder?.path.length === 1;
      navigation.go({ kind: "folder", id: isRoot ? "root" : parent.id });
    },
  };
}
