import type { BlobCrc } from "../../core/archive/archive-index.ts";
import type { Db } from "../schema.ts";
import { extendSelection, keepSelection, purgeSelections } from "./selection-writes.ts";
import { prepared } from "./prepared.ts";

async function recordCrcs(db: Db, { crcs }: { crcs: readonly BlobCrc[] }): Promise<void> {
  for (const { blobId, crc32 } of crcs) await setCrc(db, { blobId, crc32 });
}

const setCrc = prepared((db, { blobId, crc32 }: { blobId: string; crc32: number }) =>
  db.updateTable("blobs").set({ crc32 }).where("id", "=", blobId).where("crc32", "is", null),
);

export const archiveCommands = { recordCrcs, keepSelection, extendSelection, purgeSelections };
