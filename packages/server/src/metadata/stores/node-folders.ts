import type { DriveNode } from "../../core/drive/node.ts";
import { maxDepth } from "../../core/drive/node.ts";
import { nameKey } from "../../core/drive/name-key.ts";
import type { Adder } from "../../core/drive/adder.ts";
import { CoreError } from "../../core/errors.ts";
import type { Actor, BusinessEvent } from "../../core/events.ts";
import { nodeEvent } from "../../core/events/node-events.ts";
import { newId } from "../../core/ids.ts";
import type { Db } from "../schema.ts";
import { insertRows } from "./bulk.ts";
import { recordEvents } from "./event-writes.ts";
import { raiseHeights } from "./folder-height.ts";
import { findFolderState } from "./folder-state.ts";
import type { FolderState } from "./folder-state.ts";
import type { TreeChange } from "./tree-change.ts";
import { findChild, findNode, isNameTaken } from "./node-reads.ts";
import { factsOf, folderRow } from "./node-row.ts";
import { findFreeName } from "./numbered-name.ts";
import { assertMayAdd, assertMayOpen } from "./share-rights.ts";

/** Where something new may go. Throws `node-not-found`, also for another's; `not-a-folder`, `node-trashed`. */
export async function openFolder(
  db: Db,
  { id, ownerId }: { id: string; ownerId: string },
): Promise<FolderState> {
  // Most of what is stored lies in the root, which is always there.
  if (id === ownerId) return { id, ownerId, depth: 0, isLive: true, path: [] };
  const folder = await findFolderState(db, id);
  if (folder === undefined || folder.ownerId !== ownerId)
    throw new CoreError("node-not-found", { id });
  if (!folder.isLive) throw new CoreError("node-trashed", { id });
  return folder;
}

/** As `openFolder`, for a folder that was there when the work began. Throws `parent-gone`. */
async function reopenFolder(
  db: Db,
  { id, ownerId }: { id: string; ownerId: string },
): Promise<FolderState> {
  if (id === ownerId) return { id, ownerId, depth: 0, isLive: true, path: [] };
  const folder = await findFolderState(db, id);
  if (folder?.ownerId !== ownerId || !folder.isLive) throw new CoreError("parent-gone", { id });
  return folder;
}

/** Somebody who adds to a folder, their own or another's. */
interface Adding {
  readonly id: string;
  readonly adder: Adder;
  readonly now: number;
}

/** As `openFolder`, wherever the folder is, for who may add to it. Throws `share-right-missing`, `shared-link-not-found` as well. */
export async function openFolderFor(db: Db, { id, adder, now }: Adding): Promise<FolderState> {
  const { accountId: ownerId, shareId } = adder;
  if (id === ownerId && shareId === null) return await openFolder(db, { id, ownerId });
  const folder = await findFolderState(db, id);
  if (folder === undefined) throw new CoreError("node-not-found", { id });
  await assertMayOpen(db, { folder, adder, now });
  if (!folder.isLive) throw new CoreError("node-trashed", { id });
  return folder;
}

/** As `reopenFolder`, wherever the folder is, for who may still add to it. */
export async function reopenFolderFor(db: Db, { id, adder, now }: Adding): Promise<FolderState> {
  const { accountId: ownerId, shareId } = adder;
  if (id === ownerId && shareId === null) return await reopenFolder(db, { id, ownerId });
  const folder = await findFolderState(db, id);
  if (!folder?.isLive) throw new CoreError("parent-gone", { id });
  await assertMayAdd(db, { folder, adder, now });
  return folder;
}

export interface MakePath {
  readonly parent: FolderState;
  readonly names: readonly string[];
  readonly actor: Actor;
  readonly now: number;
}

/** The folder of this path below `parent`, made where it is missing. Throws `name-taken` for a file in the way, `too-deep`. */
export async function makePath(db: Db, path: MakePath): Promise<FolderState> {
  const { folder, created } = await layPath(db, path);
  await recordEvents(db, created);
  return folder;
}

/** The same for whoever may take it back: what was made is told by events that are not recorded yet. */
export async function layPath(
  db: Db,
  { parent, names, actor, now }: MakePath,
): Promise<{ folder: FolderState; created: BusinessEvent[] }> {
  // Before anything is made: whoever catches this is not to find half a path.
  if (parent.depth + names.length > maxDepth) throw new CoreError("too-deep", { limit: maxDepth });
  let folder = parent;
  const created: BusinessEvent[] = [];
  for (const [i, name] of names.entries()) {
    const known = await findChild(db, { parentId: folder.id, key: nameKey(name) });
    if (known?.is_file === 1) throw new CoreError("name-taken", { name });
    const id = known?.id ?? newId(now);
    // With room for those that follow, so that none of them has to raise it.
    const height = names.length - i;
    if (known === undefined)
      created.push(await insertFolder(db, { id, name, height, folder, actor, now }));
    folder = { ...folder, id, depth: folder.depth + 1, path: [id, ...folder.path] };
  }
  return { folder, created };
}

export async function makeFolders(
  db: Db,
  {
    parentId,
    names,
    onConflict,
    ownerId,
    actor,
    now,
  }: TreeChange & {
    parentId: string;
    names: readonly string[];
    onConflict: "fail" | "keep-both" | "reuse";
  },
): Promise<DriveNode> {
  const parent = await openFolder(db, { id: parentId, ownerId });
  const last = names.at(-1);
  if (last === undefined)
    throw new CoreError("invalid-request", { field: "name", reason: "names no folder" });
  const folder = await makePath(db, { parent, names: names.slice(0, -1), actor, now });
  const twin = await findChild(db, { parentId: folder.id, key: nameKey(last) });
  if (twin?.is_file === 0 && onConflict === "reuse") return (await findNode(db, twin.id))!;
  if (twin !== undefined && onConflict !== "keep-both")
    throw new CoreError("name-taken", { name: last });
  const isTaken = (key: string) => isNameTaken(db, { parentId: folder.id, key });
  const name = twin === undefined ? last : (await findFreeName(last, { isTaken })).name;
  const id = newId(now);
  await recordEvents(db, [await insertFolder(db, { id, name, height: 1, folder, actor, now })]);
  return (await findNode(db, id))!;
}

/** Throws `too-deep`. The name is free. */
async function insertFolder(
  db: Db,
  {
    id,
    name,
    height,
    folder,
    actor,
    now,
  }: {
    id: string;
    name: string;
    height: number;
    folder: FolderState;
    actor: Actor;
    now: number;
  },
): Promise<BusinessEvent> {
  if (folder.depth >= maxDepth) throw new CoreError("too-deep", { limit: maxDepth });
  const row = folderRow({ id, ownerId: folder.ownerId, parentId: folder.id, name, height, now });
  await insertRows(db, { into: "nodes", rows: [row] });
  await raiseHeights(db, { folderId: folder.id, height });
  return nodeEvent("node.created", {
    node: factsOf({ ...row, parent_id: folder.id }),
    actor,
    at: now,
  });
}
