/** Moving and renaming, alone or together with what else a request changes in a node. */
import { CoreError } from "../../core/errors.ts";
import type { NodeStore } from "../../core/drive/node-store.ts";
import type { ConflictPolicy } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import { assertFits, attachNode } from "./node-attach.ts";
import { openFolder } from "./node-folders.ts";
import { setStar, setTags } from "./node-marks.ts";
import { findLiveNode } from "./own-nodes.ts";
import type { TreeChange } from "./tree-change.ts";

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

/** All of it or nothing: what refuses one change refuses the others too. */
export async function changeNode(
  db: Db,
  { id: asked, place, marks, ...change }: Parameters<NodeStore["change"]>[0],
): Promise<string> {
  const moved = place && (await moveNodes(db, { ...change, ...place, ids: [asked] }));
  const [id = asked] = moved ?? [];
  if (marks === undefined) return id;
  const { accountId, starred, tags } = marks;
  const { actor, now } = change;
  if (starred !== undefined) await setStar(db, { accountId, ids: [id], starred, actor, now });
  if (tags !== undefined) await setTags(db, { accountId, id, tags, actor, now });
  return id;
}
