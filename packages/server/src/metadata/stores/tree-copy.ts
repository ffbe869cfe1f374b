/**
 * Copying by reference: new nodes over the same blobs. A copy is made detached, level by level, and is put into its folder whole; until
 * then nobody can see or change it, and its source cannot contain it.
 */
import { maxNodesAtOnce } from "../../core/drive/node.ts";
import type { TreeOutcome } from "../../core/drive/node-store.ts";
import type { CopyPlan } from "../../core/drive/tree-job.ts";
import { CoreError } from "../../core/errors.ts";
import type { Actor } from "../../core/events.ts";
import { nameKey } from "../../core/drive/name-key.ts";
import { newId } from "../../core/ids.ts";
import type { Reader } from "../../core/sharing/reader.ts";
import type { ConflictPolicy } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import { adjustHoldings } from "./account-writes.ts";
import { inLists, insertRows } from "./bulk.ts";
import { placeFile } from "./file-writes.ts";
import { orphanUnreferenced } from "./blob-references.ts";
import { openFolder, openFolderFor, reopenFolderFor } from "./node-folders.ts";
import { assertMayRead, countReading } from "./share-reading.ts";
import { assertFits, attachNode } from "./node-attach.ts";
import { findLiveNode, findOwnNode } from "./own-nodes.ts";
import type { TreeChange } from "./tree-change.ts";
import { findNode, isNameTaken } from "./node-reads.ts";
import type { NewNodeRow, NodeRow } from "./node-row.ts";
import type { FolderState } from "./folder-state.ts";
import type { TreeSize } from "./measure-trees.ts";
import { findSubtree } from "./subtree.ts";
import { raiseHeights } from "./folder-height.ts";
import {
  addFolders,
  dropFolder,
  findTops,
  insertTreeJob,
  nextFolder,
  recordStep,
  toTreeJob,
  updateTreeJob,
} from "./tree-jobs.ts";
import type { TreeJobRow } from "./tree-jobs.ts";

const STEP_NODES = 500;
/** Of what is copied from another's drive so many tops are asked about when the copy is put in place. */
const askedSources = 64;

export interface CopyNodes extends TreeChange {
  readonly ids: readonly string[];
  readonly parentId: string;
  readonly name?: string;
  readonly onConflict: ConflictPolicy;
  readonly reader?: Reader;
  /** What there was to copy a moment ago. */
  readonly counted: TreeSize;
}

export async function copyNodes(db: Db, input: CopyNodes): Promise<TreeOutcome> {
  const { name, onConflict, counted, reader, actor, now } = input;
  const ids = [...new Set(input.ids)];
  if (name !== undefined && ids.length !== 1)
    throw new CoreError("invalid-request", { field: "name", reason: "names one node only" });
  const target = await openTarget(db, input);
  if (reader !== undefined) await countReading(db, { reader, ids, actor, now });
  const sources: NodeRow[] = [];
  for (const id of ids) {
    if (reader !== undefined) await assertMayRead(db, { reader, nodeId: id, now });
    const source = await findSource(db, id);
    await assertFits(db, { node: source, target });
    sources.push(name === undefined ? source : { ...source, name, name_key: nameKey(name) });
  }
  const copy = { sources, target, onConflict, reader, actor, now };
  const found = await findSubtree(db, { ids, limit: maxNodesAtOnce + 1 });
  if (found.length <= maxNodesAtOnce) return { kind: "done", ids: await copyAtOnce(db, copy) };
  return await beginCopy(db, { ...copy, ...counted });
}

/** Whoever copies into a drive that is shared with them is asked for their right here as well. */
function openTarget(
  db: Db,
  { parentId: id, ownerId, actor, now }: CopyNodes,
): Promise<FolderState> {
  if (actor.accountId === null || actor.accountId === ownerId)
    return openFolder(db, { id, ownerId });
  return openFolderFor(db, { id, adder: { accountId: actor.accountId, shareId: null }, now });
}

/** In whichever drive: whether the actor may read it was asked before. */
async function findSource(db: Db, id: string): Promise<NodeRow> {
  const node = await findNode(db, id);
  if (node === undefined || node.parentId === null) throw new CoreError("node-not-found", { id });
  return await findLiveNode(db, { id, ownerId: node.ownerId });
}

interface Copy {
  readonly sources: readonly NodeRow[];
  readonly target: FolderState;
  readonly onConflict: ConflictPolicy;
  readonly reader: Reader | undefined;
  readonly actor: Actor;
  readonly now: number;
}

async function copyAtOnce(
  db: Db,
  { sources, target, onConflict, actor, now }: Copy,
): Promise<string[]> {
  const made: string[] = [];
  for (const source of sources) {
    if (source.is_file === 1) {
      const placed = await placeFile(db, {
        fileId: newId(now),
        ownerId: target.ownerId,
        parentId: target.id,
        name: source.name,
        mediaType: source.media_type,
        size: source.size,
        blobId: source.blob_id!,
        onConflict,
        actor,
        isNews: true,
        now,
      });
      await adjustHoldings(db, { ownerId: target.ownerId, used: placed.addedBytes });
      await orphanUnreferenced(db, { blobIds: placed.releasedBlobs, now });
      made.push(placed.fileId);
    } else {
      const top = copyOf(source, { ownerId: target.ownerId, parentId: null, now });
      await insertRows(db, { into: "nodes", rows: [top] });
      let level = [{ from: source.id, to: top.id }];
      while (level.length > 0) level = await copyLevel(db, { level, ownerId: target.ownerId, now });
      const node = await findOwnNode(db, { id: top.id, ownerId: target.ownerId });
      const attach = { node, target, name: source.name, onConflict, actor, now };
      made.push(await attachNode(db, { ...attach, reason: "created" }));
    }
  }
  return made;
}

type Pair = { readonly from: string; readonly to: string };

/** The children of these folders into their copies; returns the pairs of the next level. */
async function copyLevel(
  db: Db,
  { level, ownerId, now }: { level: readonly Pair[]; ownerId: string; now: number },
): Promise<Pair[]> {
  const targets = new Map(level.map(({ from, to }) => [from, to]));
  const children = await inLists([...targets.keys()], (list) =>
    db.selectFrom("nodes").selectAll().where("parent_id", "in", list).execute(),
  );
  return await insertCopies(db, {
    children,
    ownerId,
    targetOf: (child) => targets.get(child.parent_id!)!,
    now,
  });
}

/** Inserts copies and counts their bytes; returns the folders among them with their sources. */
async function insertCopies(
  db: Db,
  {
    children,
    ownerId,
    targetOf,
    now,
    reserved = 0,
  }: {
    children: readonly NodeRow[];
    ownerId: string;
    targetOf: (child: NodeRow) => string;
    now: number;
    /** Of what was reserved for it before, at most this much. */
    reserved?: number;
  },
): Promise<Pair[]> {
  const rows = children.map((child) => copyOf(child, { ownerId, parentId: targetOf(child), now }));
  await insertRows(db, { into: "nodes", rows });
  const used = rows.reduce((sum, row) => sum + row.size, 0);
  await adjustHoldings(db, { ownerId, used, reserved: -Math.min(used, reserved) });
  return children.flatMap((child, i) =>
    child.is_file === 0 ? [{ from: child.id, to: rows[i]!.id }] : [],
  );
}

/** A file as it is now: what it was before stays with the original. */
function copyOf(
  { name, name_key, is_file, height, media_type, size, blob_id, modified_at }: NodeRow,
  { ownerId, parentId, now }: { ownerId: string; parentId: string | null; now: number },
): NewNodeRow {
  return {
    id: newId(now),
    owner_id: ownerId,
    parent_id: parentId,
    name,
    name_key,
    is_file,
    height,
    media_type,
    size,
    blob_id,
    version: 1,
    created_at: now,
    modified_at,
  };
}

/** Refuses now what can be refused now: quota, and names that are taken already. */
async function beginCopy(
  db: Db,
  {
    sources,
    target,
    onConflict,
    reader,
    actor,
    now,
    nodes,
    bytes,
  }: Copy & { nodes: number; bytes: number },
): Promise<TreeOutcome> {
  const { ownerId } = target;
  if (onConflict === "fail") {
    for (const { name, name_key: key } of sources)
      if (await isNameTaken(db, { parentId: target.id, key }))
        throw new CoreError("name-taken", { name });
  }
  await adjustHoldings(db, { ownerId, reserved: bytes });
  const sourceIds = sources.slice(0, askedSources).map(({ id }) => id);
  const plan: CopyPlan = {
    parentId: target.id,
    onConflict,
    ...(reader === undefined ? {} : { reader, sourceIds }),
  };
  const job = await insertTreeJob(db, {
    ownerId,
    actor,
    now,
    plan,
    kind: "copy",
    totalNodes: nodes,
    reservedBytes: bytes,
  });
  const tops = sources.map((source) => copyOf(source, { ownerId, parentId: null, now }));
  await insertRows(db, { into: "nodes", rows: tops });
  const used = tops.reduce((sum, top) => sum + top.size, 0);
  await adjustHoldings(db, { ownerId, used, reserved: -used });
  const progress = { reserved_bytes: bytes - used, done_nodes: tops.length };
  await updateTreeJob(db, { id: job.id, changes: progress });
  await insertRows(db, {
    into: "tree_job_tops",
    rows: tops.map((top, position) => ({ job_id: job.id, position, node_id: top.id })),
  });
  const folders = sources.flatMap((source, i) =>
    source.is_file === 0 ? [{ folderId: source.id, targetId: tops[i]!.id }] : [],
  );
  await addFolders(db, { jobId: job.id, folders });
  return { kind: "job", job: await toTreeJob(db, { ...job, ...progress }) };
}

/** One step of a copy. Throws `quota-exceeded` where its source has grown, and what attaching refuses. */
export async function stepCopy(
  db: Db,
  { row, now }: { row: TreeJobRow; now: number },
): Promise<void> {
  const folder = await nextFolder(db, row.id);
  if (folder === undefined) return await finishCopy(db, { row, now });
  const { folder_id: folderId, target_id: targetId, done_key: after } = folder;
  const { reader } = JSON.parse(row.plan!) as CopyPlan;
  if (reader !== undefined) await assertMayRead(db, { reader, nodeId: folderId, now });
  const children = await db
    .selectFrom("nodes")
    .selectAll()
    .where("parent_id", "=", folderId)
    .where("name_key", ">", after)
    .orderBy("name_key")
    .limit(STEP_NODES)
    .execute();
  const pairs = await insertCopies(db, {
    children,
    ownerId: row.owner_id,
    targetOf: () => targetId!,
    now,
    reserved: row.reserved_bytes,
  });
  // The source may have grown since its top was copied.
  const height = Math.max(0, ...children.map((child) => child.height));
  await raiseHeights(db, { folderId: targetId!, height });
  const used = children.reduce((sum, child) => sum + child.size, 0);
  await updateTreeJob(db, {
    id: row.id,
    changes: { reserved_bytes: Math.max(0, row.reserved_bytes - used) },
  });
  await addFolders(db, {
    jobId: row.id,
    folders: pairs.map(({ from, to }) => ({ folderId: from, targetId: to })),
  });
  if (children.length < STEP_NODES) await dropFolder(db, { jobId: row.id, folderId });
  else {
    await db
      .updateTable("tree_job_folders")
      .set({ done_key: children.at(-1)!.name_key })
      .where("job_id", "=", row.id)
      .where("folder_id", "=", folderId)
      .execute();
  }
  await recordStep(db, { row, nodes: children.length, now });
}

/** Puts what was made where it was meant to be, whole. */
async function finishCopy(db: Db, { row, now }: { row: TreeJobRow; now: number }): Promise<void> {
  const plan = JSON.parse(row.plan!) as CopyPlan;
  const { parentId, onConflict, reader, sourceIds = [] } = plan;
  if (reader !== undefined)
    for (const nodeId of sourceIds) await assertMayRead(db, { reader, nodeId, now });
  const ownerId = row.owner_id;
  const adder = { accountId: row.account_id ?? ownerId, shareId: null };
  const target = await reopenFolderFor(db, { id: parentId, adder, now });
  const actor: Actor = { accountId: row.account_id, address: row.address };
  for (const { position, node_id: id } of await findTops(db, row.id)) {
    const node = await findOwnNode(db, { id, ownerId });
    // The folder may have been moved deeper meanwhile.
    await assertFits(db, { node, target });
    const attach = { node, target, name: node.name, onConflict, actor, now };
    const made = await attachNode(db, { ...attach, reason: "created" });
    await db
      .updateTable("tree_job_tops")
      .set({ node_id: made })
      .where("job_id", "=", row.id)
      .where("position", "=", position)
      .execute();
  }
  await adjustHoldings(db, { ownerId, reserved: -row.reserved_bytes });
  const changes = { state: "done", reserved_bytes: 0, plan: null, updated_at: now } as const;
  await updateTreeJob(db, { id: row.id, changes });
}
