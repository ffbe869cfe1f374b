import { isOpenJob } from "../../core/drive/tree-job.ts";
import type { TreeJob } from "../../core/drive/tree-job.ts";
import type { Db } from "../schema.ts";
import { adjustHoldings } from "./account-writes.ts";
import { stepCopy } from "./copy-job.ts";
import { stepDelete } from "./delete-job.ts";
import { inLists } from "./bulk.ts";
import {
  addFolders,
  carryOn,
  findTops,
  findTreeJob,
  findTreeJobRow,
  updateTreeJob,
} from "./tree-jobs.ts";

/** One step of whatever the job has to do: its work, or the clean-up after its end. Undefined when there is nothing. */
export async function advanceTreeJob(
  db: Db,
  { id, now }: { id: string; now: number },
): Promise<TreeJob | undefined> {
  const row = await findTreeJobRow(db, id);
  if (row === undefined || row.state === "done") return undefined;
  const isOpen = isOpenJob(row);
  if (row.kind === "copy" && isOpen) await stepCopy(db, { row, now });
  else if (row.kind === "copy" && (await forgetSources(db, id))) return await findTreeJob(db, id);
  else if (!(await stepDelete(db, { row, now }))) {
    if (!isOpen) return undefined;
    await updateTreeJob(db, { id, changes: { state: "done", updated_at: now } });
  }
  return await findTreeJob(db, id);
}

const sourcesAtOnce = 1_000;

/** Of a copy that has ended early: some of what it was still to read. False when nothing of it is left. */
async function forgetSources(db: Db, jobId: string): Promise<boolean> {
  const sources = await db
    .selectFrom("tree_job_folders")
    .select("folder_id")
    .where("job_id", "=", jobId)
    .where("target_id", "is not", null)
    .limit(sourcesAtOnce)
    .execute();
  const ids = sources.map((row) => row.folder_id);
  await inLists(ids, (list) =>
    db
      .deleteFrom("tree_job_folders")
      .where("job_id", "=", jobId)
      .where("folder_id", "in", list)
      .execute(),
  );
  return ids.length > 0;
}

export async function endTreeJob(
  db: Db,
  {
    id,
    state,
    failure = null,
    now,
  }: { id: string; state: "cancelled" | "failed"; failure?: string | null; now: number },
): Promise<TreeJob | undefined> {
  const row = await findTreeJobRow(db, id);
  if (row === undefined || !isOpenJob(row)) return undefined;
  await adjustHoldings(db, { ownerId: row.owner_id, reserved: -row.reserved_bytes });
  const changes = { state, failure, reserved_bytes: 0, updated_at: now };
  await updateTreeJob(db, { id, changes });
  if (row.kind === "copy") {
    // What it was to read is none of its business any more, and goes in the first steps; what it made is.
    const tops = await findTops(db, id);
    await addFolders(db, {
      jobId: id,
      folders: tops.map((top) => ({ folderId: top.node_id, targetId: null })),
    });
    await db.deleteFrom("tree_job_tops").where("job_id", "=", id).execute();
  }
  await carryOn(db, { id, now });
  return await findTreeJob(db, id);
}

/** Only of what is over: a cancelled copy may still have folders to clear away. */
export async function purgeTreeJobs(
  db: Db,
  { before, limit }: { before: number; limit: number },
): Promise<number> {
  const rows = await db
    .selectFrom("tree_jobs")
    .select("id")
    .where("updated_at", "<", before)
    .where("state", "in", ["done", "cancelled", "failed"])
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("tree_job_folders")
            .select("folder_id")
            .whereRef("tree_job_folders.job_id", "=", "tree_jobs.id"),
        ),
      ),
    )
    .orderBy("updated_at")
    .limit(limit)
    .execute();
  const ids = rows.map((row) => row.id);
  await inLists(ids, (list) =>
    db.deleteFrom("tree_job_tops").where("job_id", "in", list).execute(),
  );
  await inLists(ids, (list) => db.deleteFrom("tree_jobs").where("id", "in", list).execute());
  return ids.length;
}
