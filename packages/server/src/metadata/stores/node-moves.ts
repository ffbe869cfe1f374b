/** Moving, renaming, trashing and restoring: one row for each node that is named, whatever lies below it. */
import { maxDepth, maxVersions } from "../../core/drive/node.ts";
import { nameKey } from "../../core/drive/name-key.ts";
import { CoreError } from "../../core/errors.ts";
import type { Actor, BusinessEvent } from "../../core/events.ts";
import { nodeEvent } from "../../core/events/node-events.ts";
import type { ConflictPolicy } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import { adjustHoldings } from "./account-writes.ts";
import { orphanUnreferenced } from "./blob-references.ts";
import { insertRows } from "./bulk.ts";
import { recordEvents } from "./event-writes.ts";
import { dropOldVersions, updateContent, versionOf } from "./file-writes.ts";
import type { FileTwin } from "./file-writes.ts";
import { findFolderState } from "./folder-state.ts";
import type { FolderState } from "./folder-state.ts";
import { reindexName } from "./name-index.ts";
import { openFolder } from "./node-folders.ts";
import { findChild, isNameTaken } from "./node-reads.ts";
import { deleteNodes } from "./node-remove.ts";
import { factsOf } from "./node-row.ts";
import type { NodeRow } from "./node-row.ts";
import { findFreeName } from "./numbered-name.ts";
import { firstRow, prepared } from "./prepared.ts";
import { heightOf } from "./subtree.ts";

export interface TreeChange {
  readonly ownerId: string;
  readonly actor: Actor;
  readonly now: number;
}

export interface MoveNodes extends TreeChange {
  readonly ids: readonly string[];
  readonly parentId: string;
  readonly name?: string;
  readonly onConflict: ConflictPolicy;
}

export async function moveNodes(db: Db, input: MoveNodes): Promise<string[]> {
  const { ids, ownerId, parentId, name, onConflict, actor, now } = input;
  if (name !== undefined && ids.length !== 1)
    throw new CoreError("invalid-request", { field: "name", reason: "names one node only" });
  const target = await openFolder(db, { id: parentId, ownerId });
  const moved: string[] = [];
  for (const id of new Set(ids)) {
    const node = await findLiveNode(db, { id, ownerId });
    await assertFits(db, { node, target });
    const placement = { node, target, name: name ?? node.name, onConflict, actor, now };
    moved.push(await attachNode(db, { ...placement, reason: "moved" }));
  }
  return moved;
}

/** Of this owner, wherever it is. Throws `node-not-found`. */
export async function findOwnNode(
  db: Db,
  { id, ownerId }: { id: string; ownerId: string },
): Promise<NodeRow> {
  const node = await firstRow(selectNodeRow(db, { id }));
  if (node?.owner_id !== ownerId) throw new CoreError("node-not-found", { id });
  return node;
}

const selectNodeRow = prepared((db, { id }: { id: string }) =>
  db.selectFrom("nodes").selectAll().where("id", "=", id),
);

/** Throws `node-not-found`, `node-trashed`. */
export async function findLiveNode(
  db: Db,
  { id, ownerId }: { id: string; ownerId: string },
): Promise<NodeRow & { parent_id: string }> {
  const node = await findOwnNode(db, { id, ownerId });
  const { parent_id } = node;
  const parent = parent_id === null ? undefined : await findFolderState(db, parent_id);
  if (parent_id === null || !parent?.isLive) throw new CoreError("node-trashed", { id });
  return { ...node, parent_id };
}

/** Throws `folder-into-itself`, `too-deep`. */
export async function assertFits(
  db: Db,
  { node, target }: { node: Pick<NodeRow, "id" | "is_file">; target: FolderState },
): Promise<void> {
  if (target.path.includes(node.id)) throw new CoreError("folder-into-itself", { id: node.id });
  if (target.depth + (await heightOf(db, node)) > maxDepth)
    throw new CoreError("too-deep", { limit: maxDepth });
}

export interface Attach {
  readonly node: NodeRow;
  readonly target: FolderState;
  readonly name: string;
  readonly onConflict: ConflictPolicy;
  readonly actor: Actor;
  readonly now: number;
  readonly reason: "moved" | "restored" | "created";
}

/**
 * Puts a node that exists into a folder under a name by the policy; returns its id, or that of the file of which it became the newest
 * version. Throws `name-taken`.
 */
export async function attachNode(db: Db, attach: Attach): Promise<string> {
  const { node, target, name, onConflict } = attach;
  const key = nameKey(name);
  const found = await findChild(db, { parentId: target.id, key });
  // Renaming to another spelling of its own name is no conflict.
  const twin = found?.id === node.id ? undefined : found;
  if (twin === undefined) return await settle(db, { attach, name });
  const isFileOverFile = twin.is_file === 1 && node.is_file === 1;
  if (onConflict === "fail" || (onConflict === "replace" && !isFileOverFile))
    throw new CoreError("name-taken", { name });
  if (onConflict === "replace") return await mergeFile(db, { attach, twin: twin as FileTwin });
  const isTaken = (other: string) => isNameTaken(db, { parentId: target.id, key: other });
  return await settle(db, { attach, name: (await findFreeName(name, { isTaken })).name });
}

async function settle(db: Db, { attach, name }: { attach: Attach; name: string }): Promise<string> {
  const { node, target, actor, now, reason } = attach;
  if (node.parent_id === target.id && node.name === name) return node.id;
  await relocate(db, { id: node.id, parentId: target.id, name, nameKey: nameKey(name) });
  if (node.name_key !== nameKey(name)) await reindexName(db, { ...node, name_key: nameKey(name) });
  const facts = { ...factsOf(node), parentId: target.id, name };
  const events: BusinessEvent[] = [];
  const tell = (
    kind: "node.moved" | "node.restored" | "node.created" | "node.renamed",
    more = {},
  ) => events.push(nodeEvent(kind, { node: facts, actor, at: now, more }));
  if (reason !== "moved") tell(`node.${reason}`);
  else if (node.parent_id !== target.id) tell("node.moved", { fromParentId: node.parent_id });
  if (reason === "moved" && node.name !== name) tell("node.renamed", { fromName: node.name });
  await recordEvents(db, events);
  return node.id;
}

const relocate = prepared(
  (db, node: { id: string; parentId: string; name: string; nameKey: string }) =>
    db
      .updateTable("nodes")
      .set({ parent_id: node.parentId, name: node.name, name_key: node.nameKey })
      .where("id", "=", node.id),
);

/** All that the moved file was and is follows what its twin was: nothing is lost but one of two ids. */
async function mergeFile(
  db: Db,
  { attach, twin }: { attach: Attach; twin: FileTwin },
): Promise<string> {
  const { node, target, name, actor, now } = attach;
  const shift = twin.version;
  await insertRows(db, { into: "node_versions", rows: [versionOf(twin, now)] });
  const rows = await db
    .selectFrom("node_versions")
    .selectAll()
    .where("node_id", "=", node.id)
    .execute();
  await db.deleteFrom("node_versions").where("node_id", "=", node.id).execute();
  await insertRows(db, {
    into: "node_versions",
    rows: rows.map((row) => ({ ...row, node_id: twin.id, number: row.number + shift })),
  });
  const version = shift + node.version;
  await updateContent(db, {
    id: twin.id,
    name,
    nameKey: nameKey(name),
    mediaType: node.media_type,
    size: node.size,
    blobId: node.blob_id!,
    version,
    now,
  });
  // Its bytes and its blob are the twin's now: what goes is only the row.
  await deleteNodes(db, { nodes: [{ ...node, size: 0 }], now });
  const dropped = await dropOldVersions(db, {
    id: twin.id,
    version: Math.max(version, maxVersions + 1),
  });
  await adjustHoldings(db, { ownerId: node.owner_id, used: -dropped.bytes });
  await orphanUnreferenced(db, { blobIds: dropped.blobIds, now });
  const facts = { ...factsOf({ ...twin, parent_id: target.id }), name };
  await recordEvents(db, [
    nodeEvent("node.deleted", {
      node: factsOf(node),
      actor,
      at: now,
      more: { mergedInto: twin.id },
    }),
    nodeEvent("node.replaced", { node: facts, actor, at: now, more: { size: node.size, version } }),
  ]);
  return twin.id;
}

export async function trashNodes(
  db: Db,
  { ids, ownerId, actor, now }: TreeChange & { ids: readonly string[] },
): Promise<void> {
  const events: BusinessEvent[] = [];
  for (const id of new Set(ids)) {
    const node = await findOwnNode(db, { id, ownerId });
    const parent = node.parent_id === null ? undefined : await findFolderState(db, node.parent_id);
    if (node.parent_id === null || !parent?.isLive) continue;
    await db.updateTable("nodes").set({ parent_id: null }).where("id", "=", id).execute();
    const entry = {
      node_id: id,
      owner_id: ownerId,
      from_parent_id: node.parent_id,
      trashed_at: now,
    };
    await insertRows(db, { into: "trash", rows: [entry] });
    events.push(nodeEvent("node.trashed", { node: factsOf(node), actor, at: now }));
  }
  await recordEvents(db, events);
}

export async function restoreNodes(
  db: Db,
  {
    ids,
    ownerId,
    parentId,
    onConflict,
    actor,
    now,
  }: TreeChange & { ids: readonly string[]; parentId?: string; onConflict: ConflictPolicy },
): Promise<string[]> {
  const restored: string[] = [];
  for (const id of new Set(ids)) {
    const node = await findOwnNode(db, { id, ownerId });
    const entry = await db
      .selectFrom("trash")
      .select("from_parent_id")
      .where("node_id", "=", id)
      .executeTakeFirst();
    if (entry === undefined) throw new CoreError("node-not-found", { id });
    const target =
      parentId === undefined
        ? await findFormerFolder(db, { id: entry.from_parent_id, ownerId })
        : await openFolder(db, { id: parentId, ownerId });
    await assertFits(db, { node, target });
    await db.deleteFrom("trash").where("node_id", "=", id).execute();
    const attach = { node, target, name: node.name, onConflict, actor, now };
    restored.push(await attachNode(db, { ...attach, reason: "restored" }));
  }
  return restored;
}

/** Where it was; the root, if that is gone or itself in the trash. */
async function findFormerFolder(
  db: Db,
  { id, ownerId }: { id: string; ownerId: string },
): Promise<FolderState> {
  const former = await findFolderState(db, id);
  if (former?.isLive && former.ownerId === ownerId) return former;
  return await openFolder(db, { id: ownerId, ownerId });
}
