/** Files of an account as an archive: all of them, or chosen ones. */
import type { FileEntry, FileStore } from "../drive/file-store.ts";
import { CoreError } from "../errors.ts";
import type { ArchiveItem, ArchiveSource } from "./archive-entry.ts";

const pageFiles = 1_000;
const lookUpFiles = 500;

/** Throws `file-not-found` for an id that is not this account's. By name, or by id. */
export function createFileSource(
  files: Pick<FileStore, "list" | "findMany">,
  { ownerId, ids }: { ownerId: string; ids: readonly string[] | null },
): ArchiveSource {
  return {
    items: () => (ids === null ? listAll(files, ownerId) : findAll(files, { ownerId, ids })),
  };
}

async function* listAll(
  files: Pick<FileStore, "list">,
  ownerId: string,
): AsyncGenerator<ArchiveItem> {
  let cursor: string | null = null;
  do {
    const from: { cursor?: string } = cursor === null ? {} : { cursor };
    const page = await files.list({ ownerId, limit: pageFiles, ...from });
    for (const file of page.items) yield toItem(file);
    cursor = page.nextCursor;
  } while (cursor !== null);
}

async function* findAll(
  files: Pick<FileStore, "findMany">,
  { ownerId, ids }: { ownerId: string; ids: readonly string[] },
): AsyncGenerator<ArchiveItem> {
  // The same selection in another order is the same archive.
  const wanted = [...new Set(ids)].toSorted();
  for (let at = 0; at < wanted.length; at += lookUpFiles) {
    const some = wanted.slice(at, at + lookUpFiles);
    const found = await files.findMany(some);
    for (const id of some) {
      const file = found.get(id);
      if (file?.ownerId !== ownerId) throw new CoreError("file-not-found", { id });
      yield toItem(file);
    }
  }
}

function toItem({ name, size, modifiedAt, blobId }: FileEntry): ArchiveItem {
  return { kind: "file", path: name, size, modifiedAt, blobId };
}
