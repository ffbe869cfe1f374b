import type { Derived, DerivedKey } from "../../core/previews/derived-store.ts";
import type { Db } from "../schema.ts";

export async function findDerived(
  db: Db,
  { blobId, kind }: DerivedKey,
): Promise<Derived | undefined> {
  const row = await db
    .selectFrom("derived")
    .leftJoin("blobs", "blobs.id", "derived.derived_blob_id")
    .select(["derived.derived_blob_id", "derived.failure", "blobs.size"])
    .where("derived.blob_id", "=", blobId)
    .where("derived.kind", "=", kind)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (row.derived_blob_id === null) return { state: "impossible", reason: row.failure! };
  return { state: "made", blobId: row.derived_blob_id, size: row.size! };
}
