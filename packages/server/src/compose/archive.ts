/** Archives over the adapters that `compose.ts` opened. */
import type { ArchiveIndex } from "../core/archive/archive-index.ts";
import { createOpenNodeSource } from "../core/archive/node-source.ts";
import { createOpenArchive, type OpenArchive } from "../core/archive/open-archive.ts";
import { createReadArchive } from "../core/archive/read-archive.ts";
import { createSelections, type Selections } from "../core/archive/selections.ts";
import type { BlobStore } from "../core/blobs/blob-store.ts";
import type { ReadContent } from "../core/blobs/content.ts";
import type { Clock } from "../core/clock.ts";
import type { DriveAccess } from "../core/drive/access.ts";
import type { NodeStore } from "../core/drive/node-store.ts";

export function composeArchive({
  archive,
  blobs,
  nodes,
  access,
  readContent,
  clock,
  onRecordError,
}: {
  archive: ArchiveIndex;
  blobs: BlobStore;
  nodes: NodeStore;
  access: DriveAccess;
  readContent: ReadContent;
  clock: Clock;
  /** What was computed on the way could not be kept: the next archive computes it again. */
  onRecordError: (error: unknown) => void;
}): { openArchive: OpenArchive; selections: Selections } {
  const readArchive = createReadArchive({ index: archive, blobs, readContent, onRecordError });
  const openSource = createOpenNodeSource({ nodes, access });
  return {
    openArchive: createOpenArchive({ openSource, readArchive }),
    selections: createSelections(clock),
  };
}
