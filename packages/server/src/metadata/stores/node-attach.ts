/** Putting a node that exists into a folder: whether it fits, under which name, and what happens to the one that has the name. */
import { nameKey } from "../../core/drive/name-key.ts";
import { CoreError } from "../../core/errors.ts";
import type { Actor, BusinessEvent } from "../../core/events.ts";
import { nodeEvent } from "../../core/events/node-events.ts";
import type { ConflictPolicy } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import { recordEvents } from "./event-writes.ts";
import type { FileTwin } from "./file-writes.ts";
import { assertDepth, raiseHeights } from "./folder-height.ts";
import type { FolderState } from "./folder-state.ts";
import { mergeFile } from "./merge-file.ts";
import { reindexName } from "./name-index.ts";
import { findChild, isNameTaken } from "./node-reads.ts";
import { factsOf } from "./node-row.ts";
import type { NodeRow } from "./node-row.ts";
import { findFreeName } from "./numbered-name.ts";
import { prepared } from "./prepared.ts";

/** Throws `folder-into-itself`, `too-deep`. */
export async function assertFits(
  db: Db,
  { node, target }: { node: Pick<NodeRow, "id" | "height">; target: FolderState },
): Promise<void> {
  if (target.path.includes(node.id)) throw new CoreError("folder-into-itself", { id: node.id });
  await assertDepth(db, { node, target });
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
  if (onConflict === "replace") {
    const { actor, now } = attach;
    return await mergeFile(db, {
      node,
      twin: twin as FileTwin,
      folderId: target.id,
      name,
      actor,
      now,
    });
  }
  const isTaken = (other: string) => isNameTaken(db, { parentId: target.id, key: other });
  return await settle(db, { attach, name: (await findFreeName(name, { isTaken })).name });
}

async function settle(db: Db, { attach, name }: { attach: Attach; name: string }): Promise<string> {
  const { node, target, actor, now, reason } = attach;
  if (node.parent_id === target.id && node.name === name) return node.id;
  await relocate(db, { id: node.id, parentId: target.id, name, nameKey: nameKey(name) });
  if (node.parent_id !== target.id)
    await raiseHeights(db, { folderId: target.id, height: node.height });
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
