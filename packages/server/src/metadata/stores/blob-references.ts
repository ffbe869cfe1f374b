/**
 * What keeps a blob: files, wherever they are, their earlier versions, and finished partials (a part of a later joined file). `orphaned_at` marks since when none does. It only
 * nominates: collection looks at the references themselves again, in the transaction that deletes.
 */
import type { ExpressionBuilder } from "kysely";
import type { Db, Schema } from "../schema.ts";
import { inLists } from "./bulk.ts";

/** For a query over `blobs`. */
export function isUnreferenced(e: ExpressionBuilder<Schema, "blobs">) {
  const nodes = e.selectFrom("nodes").select("nodes.id").whereRef("nodes.blob_id", "=", "blobs.id");
  const versions = e
    .selectFrom("node_versions")
    .select("node_versions.node_id")
    .whereRef("node_versions.blob_id", "=", "blobs.id");
  const partials = e
    .selectFrom("uploads")
    .select("uploads.id")
    .whereRef("uploads.blob_id", "=", "blobs.id")
    .where("uploads.purpose", "=", "partial");
  return e.and([e.not(e.exists(nodes)), e.not(e.exists(versions)), e.not(e.exists(partials))]);
}

/** Marks those of the blobs that have just lost their last reference. */
export async function orphanUnreferenced(
  db: Db,
  { blobIds, now }: { blobIds: readonly string[]; now: number },
): Promise<void> {
  await inLists([...new Set(blobIds)], (list) =>
    db
      .updateTable("blobs")
      .set({ orphaned_at: now })
      .where("id", "in", list)
      .where("orphaned_at", "is", null)
      .where(isUnreferenced)
      .execute(),
  );
}

/** For blobs that are about to be referenced again. */
export async function clearOrphans(db: Db, blobIds: readonly string[]): Promise<void> {
  await inLists([...new Set(blobIds)], (list) =>
    db.updateTable("blobs").set({ orphaned_at: null }).where("id", "in", list).execute(),
  );
}
