/** Taking nodes out of the database for good: rows that point at them first, then they, then their bytes and blobs. */
import type { Db } from "../schema.ts";
import { adjustHoldings } from "./account-writes.ts";
import { orphanUnreferenced } from "./blob-references.ts";
import { inLists } from "./bulk.ts";
import { dropNames } from "./name-index.ts";
import { closeSharesOf } from "./share-ends.ts";

export interface DoomedNode {
  readonly seq: number;
  readonly id: string;
  readonly owner_id: string;
  readonly size: number;
  readonly blob_id: string | null;
}

/** Of folders, only ones that are empty or whose children go as well. Quota comes back, blobs lose their references. */
export async function deleteNodes(
  db: Db,
  { nodes, now }: { nodes: readonly DoomedNode[]; now: number },
): Promise<void> {
  const ids = nodes.map((node) => node.id);
  const versions = await inLists(ids, (list) =>
    db
      .selectFrom("node_versions")
      .select(["owner_id", "size", "blob_id"])
      .where("node_id", "in", list)
      .execute()
      .then((rows) => rows.map((row) => ({ ...row }))),
  );
  for (const table of ["node_versions", "trash", "stars", "node_tags"] as const)
    await inLists(ids, (list) => db.deleteFrom(table).where("node_id", "in", list).execute());
  await closeSharesOf(db, { nodeIds: ids, now });
  await dropNames(db, nodes);
  await inLists(ids, (list) => db.deleteFrom("nodes").where("id", "in", list).execute());
  const freed = new Map<string, number>();
  for (const { owner_id: ownerId, size } of [...nodes, ...versions])
    freed.set(ownerId, (freed.get(ownerId) ?? 0) + size);
  for (const [ownerId, bytes] of freed) await adjustHoldings(db, { ownerId, used: -bytes });
  const blobIds = [...nodes, ...versions].flatMap((node) => node.blob_id ?? []);
  await orphanUnreferenced(db, { blobIds, now });
}
