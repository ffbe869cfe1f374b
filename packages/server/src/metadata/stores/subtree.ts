/** What lies below nodes, as far as one transaction may look: everybody's acknowledgements wait while it does. */
import { sql } from "kysely";
import type { Db } from "../schema.ts";
import { inLists } from "./bulk.ts";
import type { DoomedNode } from "./node-remove.ts";

/** The nodes of these trees, tops included, but no more than `limit`. */
export async function findSubtree(
  db: Db,
  { ids, limit }: { ids: readonly string[]; limit: number },
): Promise<DoomedNode[]> {
  const found: DoomedNode[] = [];
  for (const id of ids) {
    if (found.length >= limit) break;
    const { rows } = await sql<DoomedNode>`
      with recursive down (seq, id, owner_id, size, blob_id) as (
        select seq, id, owner_id, size, blob_id from nodes where id = ${id}
        union all
        select n.seq, n.id, n.owner_id, n.size, n.blob_id from down join nodes n on n.parent_id = down.id
      )
      select * from down limit ${limit - found.length}`.execute(db);
    found.push(...rows);
  }
  return found;
}

/** Earlier contents of these files, which go when they go; counted up to a limit. */
export async function countVersions(
  db: Db,
  { ids, limit }: { ids: readonly string[]; limit: number },
): Promise<number> {
  const rows = await inLists(ids, (list) =>
    db
      .selectFrom("node_versions")
      .select("number")
      .where("node_id", "in", list)
      .limit(limit)
      .execute(),
  );
  return rows.length;
}
