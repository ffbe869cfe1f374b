/** What an upload became. */
import type { DriveAccess } from "../../core/drive/access.ts";
import type { FileEntry, FileStore } from "../../core/drive/file-store.ts";
import { isCoreError } from "../../core/errors.ts";
import type { Upload } from "../../core/uploads/upload.ts";

/**
 * The file as it is now; undefined when there is none any more, and when its sender may no longer see it: it may lie in what was
 * shared with them, and what others have made of it since then is none of their business.
 */
export async function findPublished(
  { files, access }: { files: Pick<FileStore, "find">; access: Pick<DriveAccess, "open"> },
  { ownerId: accountId, fileId: id }: Pick<Upload, "ownerId" | "fileId">,
): Promise<FileEntry | undefined> {
  const file = id === null ? undefined : await files.find(id);
  if (file === undefined || file.ownerId === accountId) return file;
  try {
    await access.open({ accountId, id: file.id, right: "view" });
    return file;
  } catch (error) {
    if (isCoreError(error, "node-not-found")) return undefined;
    throw error;
  }
}
