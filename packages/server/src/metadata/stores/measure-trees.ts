/**
 * How much lies below nodes, counted on the reader and in steps of a bounded size: a transaction that counted a large tree would hold up every
 * acknowledgement, and one statement would hold up every request. The tree may change meanwhile; whoever acts on the sum allows for that.
 */
import { setImmediate } from "node:timers/promises";
import type { Db } from "../schema.ts";
import { inLists } from "./bulk.ts";

export interface TreeSize {
  readonly nodes: number;
  /** Of current contents: what files were before is not counted. */
  readonly bytes: number;
}

/** Rows that are read before others get their turn: a few milliseconds. */
const rowsAtOnce = 1_000;
const foldersAtOnce = 128;

interface CountedRow {
  readonly id: string;
  readonly is_file: 0 | 1;
  readonly size: number;
}

export async function measureTrees(db: Db, ids: readonly string[]): Promise<TreeSize> {
  let [nodes, bytes] = [0, 0];
  const batches: string[][] = [];
  const take = (rows: readonly CountedRow[]): void => {
    nodes += rows.length;
    bytes += rows.reduce((sum, row) => sum + row.size, 0);
    const folders = rows.filter((row) => row.is_file === 0).map((row) => row.id);
    for (let at = 0; at < folders.length; at += foldersAtOnce)
      batches.push(folders.slice(at, at + foldersAtOnce));
  };
  take(
    await inLists([...new Set(ids)], (list) => selectCounted(db).where("id", "in", list).execute()),
  );
  for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) {
    await setImmediate();
    if (batch.length === 1) await countChildren(db, { folderId: batch[0]!, take });
    else {
      const rows = await inLists(batch, (list) =>
        selectCounted(db).where("parent_id", "in", list).limit(rowsAtOnce).execute(),
      );
      const middle = Math.ceil(batch.length / 2);
      // There may be more: each half for itself.
      if (rows.length >= rowsAtOnce) batches.push(batch.slice(0, middle), batch.slice(middle));
      else take(rows);
    }
  }
  return { nodes, bytes };
}

/** Of one folder, however many there are. */
async function countChildren(
  db: Db,
  { folderId, take }: { folderId: string; take: (rows: readonly CountedRow[]) => void },
): Promise<void> {
  for (let after = ""; ; await setImmediate()) {
    const rows = await selectCounted(db)
      .select("name_key")
      .where("parent_id", "=", folderId)
      .where("name_key", ">", after)
      .orderBy("name_key")
      .limit(rowsAtOnce)
      .execute();
    take(rows);
    if (rows.length < rowsAtOnce) return;
    after = rows.at(-1)!.name_key;
  }
}

function selectCounted(db: Db) {
  return db.selectFrom("nodes").select(["id", "is_file", "size"]);
}

/** Everything that an account has in its trash. */
export async function measureTrash(db: Db, ownerId: string): Promise<TreeSize> {
  let [nodes, bytes] = [0, 0];
  for (let [at, id] = [0, ""]; ;) {
    const tops = await db
      .selectFrom("trash")
      .select(["node_id", "trashed_at"])
      .where("owner_id", "=", ownerId)
      .where("trashed_at", ">=", at)
      .where((e) => e.or([e("trashed_at", ">", at), e("node_id", ">", id)]))
      .orderBy("trashed_at")
      .orderBy("node_id")
      .limit(rowsAtOnce)
      .execute();
    const ids = tops.map((top) => top.node_id);
    const found = await measureTrees(db, ids);
    [nodes, bytes] = [nodes + found.nodes, bytes + found.bytes];
    const last = tops.at(-1);
    if (last === undefined || tops.length < rowsAtOnce) return { nodes, bytes };
    [at, id] = [last.trashed_at, last.node_id];
  }
}
