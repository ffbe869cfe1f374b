/** Into the trash and back: one row for each node that is named, whatever lies below it. */
import { CoreError } from "../../core/errors.ts";
import type { BusinessEvent } from "../../core/events.ts";
import { nodeEvent } from "../../core/events/node-events.ts";
import type { ConflictPolicy } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import { insertRows } from "./bulk.ts";
import { recordEvents } from "./event-writes.ts";
import { findFolderState } from "./folder-state.ts";
import type { FolderState } from "./folder-state.ts";
import { assertFits, attachNode } from "./node-attach.ts";
import { openFolder } from "./node-folders.ts";
import { factsOf } from "./node-row.ts";
import { findOwnNode } from "./own-nodes.ts";
import type { TreeChange } from "./tree-change.ts";

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
