/** What lies below a node, by walks down the tree. */
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

export async function measureTrees(
  db: Db,
  ids: readonly string[],
): Promise<{ nodes: number; bytes: number }> {
  const rows = await inLists(ids, async (list) => {
    const found = await sql<{ nodes: number; bytes: number | null }>`
      with recursive down (id, size) as (
        select id, size from nodes where id in (${sql.join([...new Set(list)])})
        union all
        select n.id, n.size from down join nodes n on n.parent_id = down.id
      )
      select count(*) as nodes, sum(size) as bytes from down`.execute(db);
    return found.rows;
  });
  return rows.reduce<{ nodes: number; bytes: number }>(
    (sum, row) => ({ nodes: sum.nodes + row.nodes, bytes: sum.bytes + (row.bytes ?? 0) }),
    { nodes: 0, bytes: 0 },
  );
}

/** How many folders lie in each other below a node, itself included: 0 for a file. Reads folders only. */
export async function heightOf(
  db: Db,
  { id, is_file }: { id: string; is_file: 0 | 1 },
): Promise<number> {
  if (is_file === 1) return 0;
  const { rows } = await sql<{ height: number }>`
    with recursive down (id, height) as (
      select id, 1 from nodes where id = ${id}
      union all
      select n.id, down.height + 1 from down join nodes n on n.parent_id = down.id and n.is_file = 0
    )
    select max(height) as height from down`.execute(db);
  return rows[0]?.height ?? 0;
}
