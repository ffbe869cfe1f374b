/** Deletion for good. The tops leave the drive at once; what is below a large one goes in steps of a job. */
import { maxNodesAtOnce } from "../../core/drive/node.ts";
import type { TreeOutcome } from "../../core/drive/node-store.ts";
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
import { findSubtree, measureTrees } from "./subtree.ts";
import {
  addFolders,
  dropFolder,
  insertTreeJob,
  nextFolder,
  recordStep,
  toTreeJob,
} from "./tree-jobs.ts";
import type { TreeJobRow } from "./tree-jobs.ts";

const STEP_NODES = 500;

export async function removeNodes(
  db: Db,
  { ids, ...change }: TreeChange & { ids: readonly string[] },
): Promise<TreeOutcome> {
  const { ownerId } = change;
  const tops: NodeRow[] = [];
  for (const id of new Set(ids)) tops.push(await findOwnNode(db, { id, ownerId }));
  return await removeTops(db, { ...change, tops });
}

async function removeTops(
  db: Db,
  { tops, ownerId, actor, now }: TreeChange & { tops: readonly NodeRow[] },
): Promise<TreeOutcome> {
  const ids = tops.map((node) => node.id);
  await recordEvents(
    db,
    tops.map((node) => nodeEvent("node.deleted", { node: factsOf(node), actor, at: now })),
  );
  const nodes = await findSubtree(db, { ids, limit: maxNodesAtOnce + 1 });
  if (nodes.length <= maxNodesAtOnce) {
    // Of a folder and something in it, both named, the latter was found twice.
    const distinct = [...new Map(nodes.map((node) => [node.id, node])).values()];
    await deleteNodes(db, { nodes: distinct, now });
    return { kind: "done", ids };
  }
  const { nodes: totalNodes } = await measureTrees(db, ids);
  const job = await insertTreeJob(db, {
    ownerId,
    actor,
    now,
    totalNodes,
    kind: "delete",
    plan: null,
    reservedBytes: 0,
  });
  await takeOut(db, { tops, jobId: job.id, now });
  return { kind: "job", job: await toTreeJob(db, job) };
}

/** Files are deleted; folders leave the drive, or the trash, and wait for the job. How many are done with. */
async function takeOut(
  db: Db,
  { tops, jobId, now }: { tops: readonly NodeRow[]; jobId: string; now: number },
): Promise<number> {
  const files = tops.filter((node) => node.is_file === 1);
  await deleteNodes(db, { nodes: files, now });
  const ids = tops.filter((node) => node.is_file === 0).map((node) => node.id);
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
  return files.length;
}

interface TrashPlan {
  readonly trashedUntil: number;
}

export async function emptyTrash(
  db: Db,
  { ownerId, actor, now }: TreeChange,
): Promise<TreeOutcome> {
  const tops = await findTrashed(db, { ownerId, until: now, limit: maxNodesAtOnce + 1 });
  const ids = tops.map((node) => node.id);
  await recordEvents(db, [trashEmptied(ownerId, { actor, at: now })]);
  const nodes = await findSubtree(db, { ids, limit: maxNodesAtOnce + 1 });
  if (nodes.length <= maxNodesAtOnce) {
    await deleteNodes(db, { nodes, now });
    return { kind: "done", ids };
  }
  const all = await db
    .selectFrom("trash")
    .select("node_id")
    .where("owner_id", "=", ownerId)
    .execute();
  const { nodes: totalNodes } = await measureTrees(
    db,
    all.map((row) => row.node_id),
  );
  const plan: TrashPlan = { trashedUntil: now };
  const job = await insertTreeJob(db, {
    ownerId,
    actor,
    now,
    totalNodes,
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
  let done = await takeOut(db, { tops: children, jobId: row.id, now });
  if (children.length < STEP_NODES) {
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
  const done = await takeOut(db, { tops, jobId: row.id, now });
  await recordStep(db, { row, nodes: done, now });
  return true;
}

/** Of every drive: what has been in the trash too long. */
export async function expireTrash(
  db: Db,
  { before, now, limit }: { before: number; now: number; limit: number },
): Promise<number> {
  const tops = await db
    .selectFrom("trash")
    .innerJoin("nodes", "nodes.id", "trash.node_id")
    .selectAll("nodes")
    .where("trash.trashed_at", "<", before)
    .orderBy("trash.trashed_at")
    .limit(limit)
    .execute();
  for (const [ownerId, owned] of Map.groupBy(tops, (node) => node.owner_id))
    await removeTops(db, { tops: owned, ownerId, actor: systemActor, now });
  return tops.length;
}
