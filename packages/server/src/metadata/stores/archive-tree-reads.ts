import { sql } from "kysely";
import type { ListedNode, ListedPage } from "../../core/archive/archive-tree.ts";
import type { Db } from "../schema.ts";
import { preparedInLists } from "./bulk.ts";
import type { NodeRow } from "./node-row.ts";
import { prepared } from "./prepared.ts";

const columns = [
  "id",
  "owner_id",
  "parent_id",
  "name",
  "is_file",
  "size",
  "blob_id",
  "modified_at",
] as const;

type ListedRow = Pick<NodeRow, (typeof columns)[number]>;

export async function findListed(db: Db, ids: readonly string[]): Promise<Map<string, ListedNode>> {
  const rows = await selectById(db, ids);
  return new Map(rows.map((row) => [row.id, toListed(row)]));
}

const selectById = preparedInLists((db, list) =>
  db.selectFrom("nodes").select(columns).where("id", "in", list),
);

export async function listListed(
  db: Db,
  { folderId, from, limit }: { folderId: string; from: string | null; limit: number },
): Promise<ListedPage> {
  const { rows } = await selectListed(db, { folderId, from: from ?? "", limit });
  const next = rows.length === limit ? rows.at(-1)!.name_key : null;
  return { items: rows.map(toListed), next };
}

/** No key is empty, so all are beyond "". */
const selectListed = prepared(
  (db, { folderId, from, limit }: { folderId: string; from: string; limit: number }) =>
    db
      .selectFrom("nodes")
      .select([...columns, "name_key"])
      .where("parent_id", "=", folderId)
      .where("name_key", ">", from)
      .orderBy("name_key")
      .limit(limit),
);

function toListed(row: ListedRow): ListedNode {
  const { id, name } = row;
  const [ownerId, parentId, modifiedAt] = [row.owner_id, row.parent_id, row.modified_at];
  if (row.is_file === 0) return { kind: "folder", id, ownerId, parentId, name, modifiedAt };
  const { size, blob_id: blobId } = row;
  if (blobId === null) throw new Error(`a file without content: ${id}`);
  return { kind: "file", id, ownerId, parentId, name, modifiedAt, size, blobId };
}

/** What SQLite tells one connection of the commits of all others; ours only reads. */
export async function readStamp(db: Db): Promise<number> {
  const { rows } = await sql<{ data_version: number }>`pragma data_version`.execute(db);
  return rows[0]!.data_version;
}
