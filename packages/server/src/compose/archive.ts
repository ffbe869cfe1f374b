/** Archives over the adapters that `compose.ts` opened. */
import type { ArchiveIndex } from "../core/archive/archive-index.ts";
import { createFileSource } from "../core/archive/file-source.ts";
import { createOpenArchive, type OpenArchive } from "../core/archive/open-archive.ts";
import { createReadArchive } from "../core/archive/read-archive.ts";
import { createSelections, type Selections } from "../core/archive/selections.ts";
import type { BlobStore } from "../core/blobs/blob-store.ts";
import type { ReadContent } from "../core/blobs/content.ts";
import type { Clock } from "../core/clock.ts";
import type { FileStore } from "../core/drive/file-store.ts";

export function composeArchive({
  archive,
  blobs,
  files,
  readContent,
  clock,
  onRecordError,
}: {
  archive: ArchiveIndex;
  blobs: BlobStore;
  files: FileStore;
  readContent: ReadContent;
  clock: Clock;
  /** What was computed on the way could not be kept: the next archive computes it again. */
  onRecordError: (error: unknown) => void;
}): { openArchive: OpenArchive; selections: Selections } {
  const readArchive = createReadArchive({ index: archive, blobs, readContent, onRecordError });
  const createSource = (selection: { ownerId: string; ids: readonly string[] | null }) =>
    createFileSource(files, selection);
  return {
    openArchive: createOpenArchive({ createSource, readArchive }),
    selections: createSelections(clock),
  };
}
