import type { DriveNode } from "../../core/drive/node.ts";
import type { Trail } from "../../core/drive/node-store.ts";
import { nameKey } from "../../core/drive/name-key.ts";
import type { Db } from "../schema.ts";
import { inLists } from "./bulk.ts";
import { selectPathUp } from "./folder-state.ts";
import { nodesWithDigests, toNode } from "./node-row.ts";
import { firstRow, prepared } from "./prepared.ts";

export async function findNode(db: Db, id: string): Promise<DriveNode | undefined> {
  const row = await firstRow(selectNode(db, { id }));
  return row ? toNode(row) : await findRoot(db, id);
}

const selectNode = prepared((db, { id }: { id: string }) =>
  nodesWithDigests(db).where("nodes.id", "=", id),
);

async function findRoot(db: Db, id: string): Promise<DriveNode | undefined> {
  const account = await firstRow(selectAccount(db, { id }));
  if (account === undefined) return undefined;
  const { created_at: at } = account;
  return {
    kind: "folder",
    id,
    ownerId: id,
    parentId: null,
    name: "",
    createdAt: at,
    modifiedAt: at,
  };
}

const selectAccount = prepared((db, { id }: { id: string }) =>
  db.selectFrom("accounts").select("created_at").where("id", "=", id),
);

export async function findNodes(db: Db, ids: readonly string[]): Promise<Map<string, DriveNode>> {
  const rows = await inLists([...new Set(ids)], (list) =>
    nodesWithDigests(db).where("nodes.id", "in", list).execute(),
  );
  return new Map(rows.map((row) => [row.id, toNode(row)]));
}

export async function findTrail(db: Db, id: string): Promise<Trail | undefined> {
  const { rows: steps } = await selectPathUp(db, { id });
  const [first] = steps;
  if (first === undefined) {
    const root = await findRoot(db, id);
    return root && { node: root, folders: [], isLive: true, trashedAt: null };
  }
  const isLive = steps.at(-1)!.parent_id === first.owner_id;
  const nodes = await findNodes(
    db,
    steps.map((step) => step.id),
  );
  // A node that went away in between is gone for whoever asks.
  const trail = steps.flatMap((step) => nodes.get(step.id) ?? []);
  const root = isLive ? await findRoot(db, first.owner_id) : undefined;
  const [node, ...above] = trail;
  if (node === undefined || trail.length < steps.length) return undefined;
  const folders = [...above, ...(root ? [root] : [])].toReversed();
  const trashedAt = isLive ? null : await findTrashedAt(db, steps.at(-1)!.id);
  return { node, folders, isLive, trashedAt };
}

async function findTrashedAt(db: Db, id: string): Promise<number | null> {
  const row = await db
    .selectFrom("trash")
    .select("trashed_at")
    .where("node_id", "=", id)
    .executeTakeFirst();
  return row?.trashed_at ?? null;
}

export async function findByNames(
  db: Db,
  { folderId, names }: { folderId: string; names: readonly string[] },
): Promise<DriveNode | undefined> {
  let id = folderId;
  for (const name of names) {
    const child = await findChild(db, { parentId: id, key: nameKey(name) });
    if (child === undefined) return undefined;
    id = child.id;
  }
  return await findNode(db, id);
}

export interface Twin {
  readonly seq: number;
  readonly id: string;
  readonly owner_id: string;
  readonly name: string;
  readonly is_file: 0 | 1;
  readonly media_type: string | null;
  readonly size: number;
  readonly blob_id: string | null;
  readonly version: number;
  readonly modified_at: number;
}

/** The node of this key in a folder. */
export function findChild(
  db: Db,
  child: { parentId: string; key: string },
): Promise<Twin | undefined> {
  return firstRow(selectChild(db, child));
}

const selectChild = prepared((db, { parentId, key }: { parentId: string; key: string }) =>
  db
    .selectFrom("nodes")
    .select([
      "seq",
      "id",
      "owner_id",
      "name",
      "is_file",
      "media_type",
      "size",
      "blob_id",
      "version",
      "modified_at",
    ])
    .where("parent_id", "=", parentId)
    .where("name_key", "=", key),
);

export async function isNameTaken(
  db: Db,
  child: { parentId: string; key: string },
): Promise<boolean> {
  return (await findChild(db, child)) !== undefined;
}
