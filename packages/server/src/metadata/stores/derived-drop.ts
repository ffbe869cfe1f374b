import type { Db } from "../schema.ts";
import { orphanUnreferenced } from "./blob-references.ts";
import { inLists } from "./bulk.ts";

/** For blobs that are being deleted: the rows of what was made from them go too, and so may what was made. */
export async function dropDerived(
  db: Db,
  { blobIds, now }: { blobIds: readonly string[]; now: number },
): Promise<void> {
  const rows = await inLists(blobIds, (list) =>
    db.selectFrom("derived").select("derived_blob_id").where("blob_id", "in", list).execute(),
  );
  if (rows.length === 0) return;
  await inLists(blobIds, (list) => db.deleteFrom("derived").where("blob_id", "in", list).execute());
  const ids = rows.flatMap((row) => (row.derived_blob_id === null ? [] : [row.derived_blob_id]));
  await orphanUnreferenced(db, { blobIds: ids, now });
}
