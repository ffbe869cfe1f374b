/** Deletion for good. The tops leave the drive at once; what is below a large one goes in steps of a job. */
import { maxNodesAtOnce } from "../../core/drive/node.ts";
import type { TreeOutcome } from "../../core/drive/node-store.ts";
import { CoreError } from "../../core/errors.ts";
import { systemActor } from "../../core/events.ts";
import { nodeEvent, trashEmptied } from "../../core/events/node-events.ts";
import type { Db } from "../schema.ts";
import { inLists } from "./bulk.ts";
import { recordEvents } from "./event-writes.ts";
import { findOwnNode } from "./own-nodes.ts";
import type { TreeChange } from "./tree-change.ts";
import { deleteNodes } from "./node-remove.ts";
import { factsOf } from "./node-row.ts";
import type { NodeRow } from "./node-row.ts";
import { countVersions, findSubtree } from "./subtree.ts";
import {
  addFolders,
  dropFolder,
  insertTreeJob,
  nextFolder,
  recordStep,
  toTreeJob,
  updateTreeJob,
} from "./tree-jobs.ts";
import type { TreeJobRow } from "./tree-jobs.ts";

const STEP_NODES = 500;

interface Removal extends TreeChange {
  /** Nodes that there were to delete a moment ago: what the progress of a job is measured by. */
  readonly counted: number;
}

export async function removeNodes(
  db: Db,
  { ids, ...removal }: Removal & { ids: readonly string[] },
): Promise<TreeOutcome> {
  const { ownerId } = removal;
  const tops: NodeRow[] = [];
  for (const id of new Set(ids)) tops.push(await findDeletable(db, { id, ownerId }));
  return await removeTops(db, { ...removal, tops });
}

/** In the drive or in the trash. What a job is deleting, or copying, is in neither. */
async function findDeletable(
  db: Db,
  { id, ownerId }: { id: string; ownerId: string },
): Promise<NodeRow> {
  const node = await findOwnNode(db, { id, ownerId });
  if (node.parent_id !== null) return node;
  const trashed = await db
    .selectFrom("trash")
    .select("node_id")
    .where("node_id", "=", id)
    .executeTakeFirst();
  if (trashed === undefined) throw new CoreError("node-not-found", { id });
  return node;
}

async function removeTops(
  db: Db,
  { tops, counted, ownerId, actor, now }: Removal & { tops: readonly NodeRow[] },
): Promise<TreeOutcome> {
  const ids = tops.map((node) => node.id);
  await recordEvents(
    db,
    tops.map((node) => nodeEvent("node.deleted", { node: factsOf(node), actor, at: now })),
  );
  if (await removeAtOnce(db, { ids, now })) return { kind: "done", ids };
  const job = await insertTreeJob(db, {
    ownerId,
    actor,
    now,
    totalNodes: counted,
    kind: "delete",
    plan: null,
    reservedBytes: 0,
  });
  const { done, left } = await takeOut(db, { tops, jobId: job.id, now });
  await detach(db, { nodes: left, jobId: job.id });
  await updateTreeJob(db, { id: job.id, changes: { done_nodes: done } });
  return { kind: "job", job: await toTreeJob(db, { ...job, done_nodes: done }) };
}

/** False where there is more below than one transaction should hold. */
async function removeAtOnce(
  db: Db,
  { ids, now }: { ids: readonly string[]; now: number },
): Promise<boolean> {
  const found = await findSubtree(db, { ids, limit: maxNodesAtOnce + 1 });
  if (found.length > maxNodesAtOnce) return false;
  // Of a folder and something in it, both named, the latter was found twice.
  const nodes = [...new Map(found.map((node) => [node.id, node])).values()];
  const nodeIds = nodes.map((node) => node.id);
  const versions = await countVersions(db, { ids: nodeIds, limit: maxNodesAtOnce + 1 });
  if (nodes.length + versions > maxNodesAtOnce) return false;
  await deleteNodes(db, { nodes, now });
  return true;
}

/**
 * Files are deleted, as many as one transaction should with all that they were; folders leave the drive, or the trash, and wait for the job. How many
 * are done with, and the files that have to wait as well.
 */
async function takeOut(
  db: Db,
  { tops, jobId, now }: { tops: readonly NodeRow[]; jobId: string; now: number },
): Promise<{ done: number; left: readonly NodeRow[] }> {
  const files = tops.filter((node) => node.is_file === 1);
  const count = await countLight(db, files);
  await deleteNodes(db, { nodes: files.slice(0, count), now });
  await detach(db, { nodes: tops.filter((node) => node.is_file === 0), jobId });
  return { done: count, left: files.slice(count) };
}

/** How many of the files, from the first on, one transaction should delete. */
async function countLight(db: Db, files: readonly NodeRow[]): Promise<number> {
  const ids = files.map((file) => file.id);
  const limit = maxNodesAtOnce + 1;
  if (files.length + (await countVersions(db, { ids, limit })) <= maxNodesAtOnce)
    return files.length;
  let rows = 0;
  for (const [i, id] of ids.entries()) {
    rows += 1 + (await countVersions(db, { ids: [id], limit }));
    if (rows > maxNodesAtOnce) return Math.max(1, i);
  }
  return files.length;
}

/** Out of the drive, or the trash, into what the job has to do. */
async function detach(
  db: Db,
  { nodes, jobId }: { nodes: readonly NodeRow[]; jobId: string },
): Promise<void> {
  const ids = nodes.map((node) => node.id);
  await inLists(ids, (list) => db.deleteFrom("trash").where("node_id", "in", list).execute());
  await inLists(ids, (list) =>
    db.updateTable("nodes").set({ parent_id: null }).where("id", "in", list).execute(),
  );
  const waiting = await inLists(ids, (list) =>
    db
      .selectFrom("tree_job_folders")
      .select("folder_id")
      .where("job_id", "=", jobId)
      .where("folder_id", "in", list)
      .execute(),
  );
  const known = new Set(waiting.map((row) => row.folder_id));
  const folders = ids.filter((id) => !known.has(id));
  await addFolders(db, {
    jobId,
    folders: folders.map((folderId) => ({ folderId, targetId: null })),
  });
}

interface TrashPlan {
  readonly trashedUntil: number;
}

export async function emptyTrash(
  db: Db,
  { counted, ownerId, actor, now }: Removal,
): Promise<TreeOutcome> {
  const tops = await findTrashed(db, { ownerId, until: now, limit: maxNodesAtOnce + 1 });
  const ids = tops.map((node) => node.id);
  await recordEvents(db, [trashEmptied(ownerId, { actor, at: now })]);
  if (await removeAtOnce(db, { ids, now })) return { kind: "done", ids };
  const plan: TrashPlan = { trashedUntil: now };
  const job = await insertTreeJob(db, {
    ownerId,
    actor,
    now,
    totalNodes: counted,
    plan,
    kind: "delete",
    reservedBytes: 0,
  });
  return { kind: "job", job: await toTreeJob(db, job) };
}

async function findTrashed(
  db: Db,
  { ownerId, until, limit }: { ownerId: string; until: number; limit: number },
): Promise<NodeRow[]> {
  return await db
    .selectFrom("trash")
    .innerJoin("nodes", "nodes.id", "trash.node_id")
    .selectAll("nodes")
    .where("trash.owner_id", "=", ownerId)
    .where("trash.trashed_at", "<=", until)
    .orderBy("trash.trashed_at")
    .limit(limit)
    .execute();
}

/** One step; false when there was nothing left to do. */
export async function stepDelete(
  db: Db,
  { row, now }: { row: TreeJobRow; now: number },
): Promise<boolean> {
  const folder = await nextFolder(db, row.id);
  if (folder === undefined) return await stepTrash(db, { row, now });
  const { folder_id: folderId } = folder;
  const children = await db
    .selectFrom("nodes")
    .selectAll()
    .where("parent_id", "=", folderId)
    .limit(STEP_NODES)
    .execute();
  const taken = await takeOut(db, { tops: children, jobId: row.id, now });
  let { done } = taken;
  if (children.length < STEP_NODES && taken.left.length === 0) {
    // A file that had to wait is a folder with nothing in it, here.
    const self = await db.selectFrom("nodes").selectAll().where("id", "=", folderId).execute();
    await deleteNodes(db, { nodes: self, now });
    await dropFolder(db, { jobId: row.id, folderId });
    done += self.length;
  }
  await recordStep(db, { row, nodes: done, now });
  return true;
}

/** What is restored meanwhile is saved. */
async function stepTrash(db: Db, { row, now }: { row: TreeJobRow; now: number }): Promise<boolean> {
  if (row.kind !== "delete" || row.plan === null || row.state === "cancelled") return false;
  const { trashedUntil: until } = JSON.parse(row.plan) as TrashPlan;
  const tops = await findTrashed(db, { ownerId: row.owner_id, until, limit: STEP_NODES });
  if (tops.length === 0) return false;
  const { done } = await takeOut(db, { tops, jobId: row.id, now });
  await recordStep(db, { row, nodes: done, now });
  return true;
}

/** What has been in the trash too long, of one drive at a time. */
export async function expireTrash(
  db: Db,
  { before, now, limit }: { before: number; now: number; limit: number },
): Promise<number> {
  const due = await db
    .selectFrom("trash")
    .innerJoin("nodes", "nodes.id", "trash.node_id")
    .selectAll("nodes")
    .where("trash.trashed_at", "<", before)
    .orderBy("trash.trashed_at")
    .limit(limit)
    .execute();
  const [first] = due;
  if (first === undefined) return 0;
  const ownerId = first.owner_id;
  const tops = due.filter((node) => node.owner_id === ownerId);
  // Nobody looks at the progress of what the server does by itself.
  await removeTops(db, { tops, counted: tops.length, ownerId, actor: systemActor, now });
  return tops.length;
}
