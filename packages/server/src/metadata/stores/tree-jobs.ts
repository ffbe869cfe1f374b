/** Rows of the jobs that copy or delete more than one transaction should hold. Their steps are in `tree-copy.ts` and `tree-delete.ts`. */
import type { Selectable } from "kysely";
import type { Page, PageQuery } from "../../core/drive/node-store.ts";
import { isOpenJob, treeJobKind } from "../../core/drive/tree-job.ts";
import type { TreeJob, TreeJobState } from "../../core/drive/tree-job.ts";
import type { Actor } from "../../core/events.ts";
import { newId } from "../../core/ids.ts";
import type { TreeJobFoldersTable, TreeJobsTable } from "../schema/drive.ts";
import type { Db } from "../schema.ts";
import { insertRows } from "./bulk.ts";
import { formatCursor, parseCursor } from "./cursor.ts";
import { enqueueJob } from "./job-writes.ts";

export type TreeJobRow = Selectable<TreeJobsTable>;

export async function findTreeJob(db: Db, id: string): Promise<TreeJob | undefined> {
  const row = await findTreeJobRow(db, id);
  return row && (await toTreeJob(db, row));
}

export function findTreeJobRow(db: Db, id: string): Promise<TreeJobRow | undefined> {
  return db.selectFrom("tree_jobs").selectAll().where("id", "=", id).executeTakeFirst();
}

export async function listTreeJobs(
  db: Db,
  { accountId, limit, cursor }: { accountId: string } & PageQuery,
): Promise<Page<TreeJob>> {
  let select = db.selectFrom("tree_jobs").selectAll().where("account_id", "=", accountId);
  if (cursor !== undefined) select = select.where("id", "<", parseCursor(cursor, ["string"])[0]);
  const rows = await select
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  const items: TreeJob[] = [];
  for (const row of rows.slice(0, limit)) items.push(await toTreeJob(db, row));
  return { items, nextCursor: last ? formatCursor([last.id]) : null };
}

/** What it made is told once it is done: before, it is in nobody's drive. */
export async function toTreeJob(db: Db, row: TreeJobRow): Promise<TreeJob> {
  const tops = row.state === "done" && row.kind === "copy" ? await findTops(db, row.id) : [];
  return {
    id: row.id,
    ownerId: row.owner_id,
    accountId: row.account_id,
    kind: row.kind,
    state: row.state,
    doneNodes: row.done_nodes,
    totalNodes: row.total_nodes,
    failure: row.failure,
    resultIds: tops.map((top) => top.node_id),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export interface NewTreeJob {
  readonly ownerId: string;
  readonly actor: Actor;
  readonly now: number;
  readonly kind: "copy" | "delete";
  readonly plan: object | null;
  readonly totalNodes: number;
  readonly reservedBytes: number;
}

/** The row, and what will carry it on. */
export async function insertTreeJob(db: Db, job: NewTreeJob): Promise<TreeJobRow> {
  const { ownerId, actor, now, kind, plan, totalNodes, reservedBytes } = job;
  const row: TreeJobRow = {
    id: newId(now),
    owner_id: ownerId,
    account_id: actor.accountId,
    address: actor.address,
    kind,
    state: "waiting",
    plan: plan && JSON.stringify(plan),
    done_nodes: 0,
    total_nodes: totalNodes,
    reserved_bytes: reservedBytes,
    failure: null,
    created_at: now,
    updated_at: now,
  };
  await insertRows(db, { into: "tree_jobs", rows: [row] });
  await carryOn(db, { id: row.id, now });
  return row;
}

export async function carryOn(
  db: Db,
  { id: jobId, now }: { id: string; now: number },
): Promise<void> {
  await enqueueJob(db, {
    id: newId(now),
    kind: treeJobKind,
    payload: JSON.stringify({ jobId }),
    key: `${treeJobKind}:${jobId}`,
    runAt: now,
  });
}

export async function updateTreeJob(
  db: Db,
  { id, changes }: { id: string; changes: Partial<TreeJobRow> },
): Promise<void> {
  await db.updateTable("tree_jobs").set(changes).where("id", "=", id).execute();
}

/** Progress of one step. */
export async function recordStep(
  db: Db,
  { row, nodes, now }: { row: TreeJobRow; nodes: number; now: number },
): Promise<void> {
  const state: TreeJobState = row.state === "waiting" ? "running" : row.state;
  // Clean-up after a cancelled copy is not progress.
  const done = isOpenJob(row) ? nodes : 0;
  await updateTreeJob(db, {
    id: row.id,
    changes: { state, done_nodes: row.done_nodes + done, updated_at: now },
  });
}

export async function nextFolder(
  db: Db,
  jobId: string,
): Promise<Selectable<TreeJobFoldersTable> | undefined> {
  return await db
    .selectFrom("tree_job_folders")
    .selectAll()
    .where("job_id", "=", jobId)
    .orderBy("folder_id")
    .limit(1)
    .executeTakeFirst();
}

export async function addFolders(
  db: Db,
  {
    jobId,
    folders,
  }: { jobId: string; folders: readonly { folderId: string; targetId: string | null }[] },
): Promise<void> {
  await insertRows(db, {
    into: "tree_job_folders",
    rows: folders.map(({ folderId, targetId }) => ({
      job_id: jobId,
      folder_id: folderId,
      target_id: targetId,
      done_key: "",
    })),
  });
}

export async function dropFolder(
  db: Db,
  { jobId, folderId }: { jobId: string; folderId: string },
): Promise<void> {
  await db
    .deleteFrom("tree_job_folders")
    .where("job_id", "=", jobId)
    .where("folder_id", "=", folderId)
    .execute();
}

export function findTops(db: Db, jobId: string) {
  return db
    .selectFrom("tree_job_tops")
    .select(["position", "node_id"])
    .where("job_id", "=", jobId)
    .orderBy("position")
    .execute();
}
