/** A deletion of more rows than one transaction should hold: its tops leave the drive at once, what is below them goes in steps. */
import { maxNodesAtOnce } from "../../core/drive/node.ts";
import type { Db } from "../schema.ts";
import { inLists } from "./bulk.ts";
import { deleteNodes } from "./node-remove.ts";
import type { NodeRow } from "./node-row.ts";
import { countVersions } from "./subtree.ts";
import { addFolders, dropFolder, nextFolder, recordStep } from "./tree-jobs.ts";
import type { TreeJobRow } from "./tree-jobs.ts";

const STEP_NODES = 500;

export interface TrashPlan {
  readonly trashedUntil: number;
}

/**
 * Files are deleted, as many as one transaction should with all that they were; folders leave the drive, or the trash, and wait for the job. How many
 * are done with, and the files that have to wait as well.
 */
export async function takeOut(
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
export async function detach(
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

export async function findTrashed(
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
