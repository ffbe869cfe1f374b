import { sql } from "kysely";
import { CoreError } from "../../core/errors.ts";
import type { FileEntry, FilePage } from "../../core/drive/file-store.ts";
import { nameKey } from "../../core/drive/name-key.ts";
import type { Db } from "../schema.ts";
import { formatCursor, parseCursor } from "./cursor.ts";
import { findLiveFolders } from "./folder-state.ts";
import { findByNames, findNode, findNodes, isNameTaken } from "./node-reads.ts";
import { nodesWithDigests, toFile } from "./node-row.ts";
import { endOfPrefix } from "./prefix.ts";

export async function findFile(db: Db, id: string): Promise<FileEntry | undefined> {
  const node = await findNode(db, id);
  if (node?.kind !== "file" || node.parentId === null) return undefined;
  // What lies in the root is live; only deeper down somebody may have trashed a folder above.
  if (node.parentId === node.ownerId) return node;
  const live = await findLiveFolders(db, [{ id: node.parentId, ownerId: node.ownerId }]);
  return live.has(node.parentId) ? node : undefined;
}

export async function findFiles(db: Db, ids: readonly string[]): Promise<Map<string, FileEntry>> {
  const nodes = await findNodes(db, ids);
  return new Map(
    [...nodes.values()].flatMap((node) => (node.kind === "file" ? [[node.id, node]] : [])),
  );
}

/** In the order of name keys: letter case does not tear a folder apart, and the unique index is the order. */
export async function listFiles(
  db: Db,
  input: {
    ownerId: string;
    parentId?: string;
    prefix?: string;
    name?: string;
    limit: number;
    cursor?: string;
  },
): Promise<FilePage> {
  const { ownerId, parentId = ownerId, prefix, name, limit, cursor } = input;
  let query = nodesWithDigests(db)
    .where("nodes.parent_id", "=", parentId)
    // The plus keeps this out of the choice of an index: the one by name has the order.
    .where(sql<boolean>`+nodes.is_file = 1`);
  if (name !== undefined)
    query = query.where("nodes.name_key", "=", nameKey(name)).where("nodes.name", "=", name);
  if (prefix !== undefined && prefix !== "") {
    const start = nameKey(prefix);
    const end = endOfPrefix(start);
    query = query.where("nodes.name_key", ">=", start);
    if (end !== undefined) query = query.where("nodes.name_key", "<", end);
  }
  if (cursor !== undefined)
    query = query.where("nodes.name_key", ">", parseCursor(cursor, ["string"])[0]);
  const rows = await query
    .orderBy("nodes.name_key")
    .limit(limit + 1)
    .execute();
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    items: rows.slice(0, limit).map(toFile),
    nextCursor: last ? formatCursor([last.name_key]) : null,
  };
}

export async function assertNameFree(
  db: Db,
  { parentId, folders = [], name }: { parentId: string; folders?: readonly string[]; name: string },
): Promise<void> {
  const parent =
    folders.length === 0
      ? { id: parentId }
      : await findByNames(db, { folderId: parentId, names: folders });
  if (parent && (await isNameTaken(db, { parentId: parent.id, key: nameKey(name) })))
    throw new CoreError("name-taken", { name });
}
