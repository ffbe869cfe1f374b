/** Archives over the adapters that `compose.ts` opened. */
import type { FastifyBaseLogger } from "fastify";
import type { ArchiveIndex } from "../core/archive/archive-index.ts";
import type { ArchiveTree } from "../core/archive/archive-tree.ts";
import { createKeepPlan } from "../core/archive/kept-plans.ts";
import { createOpenNodeSource } from "../core/archive/node-source.ts";
import { createOpenArchive, type OpenArchive } from "../core/archive/open-archive.ts";
import { createReadArchive } from "../core/archive/read-archive.ts";
import type { SelectionStore } from "../core/archive/selection-store.ts";
import { createSelections, type Selections } from "../core/archive/selections.ts";
import type { BlobStore } from "../core/blobs/blob-store.ts";
import type { ReadContent } from "../core/blobs/content.ts";
import type { Clock } from "../core/clock.ts";
import type { DriveAccess } from "../core/drive/access.ts";
import type { NodeStore } from "../core/drive/node-store.ts";

export interface Archives {
  readonly openArchive: OpenArchive;
  readonly selections: Selections;
}

export function composeArchive({
  archive,
  archiveTree: tree,
  selections: store,
  blobs,
  nodes,
  access,
  readContent,
  clock,
  logger,
}: {
  archive: ArchiveIndex;
  archiveTree: ArchiveTree;
  selections: SelectionStore;
  blobs: BlobStore;
  nodes: NodeStore;
  access: DriveAccess;
  readContent: ReadContent;
  clock: Clock;
  logger: FastifyBaseLogger;
}): Archives {
  const readArchive = createReadArchive({
    index: archive,
    blobs,
    readContent,
    // The next archive computes them again.
    onRecordError: (error) =>
      logger.warn({ err: error }, "the checksums of an archive could not be kept"),
  });
  const openSource = createOpenNodeSource({ tree, nodes, access });
  return {
    openArchive: createOpenArchive({ openSource, keepPlan: createKeepPlan(tree), readArchive }),
    selections: createSelections({
      store,
      clock,
      onError: (error) =>
        logger.warn({ err: error }, "a selection that was asked for could not be kept for longer"),
    }),
  };
}
