/** Takes the records of ended uploads away. What they made stays. */
import { uploadsForgotten } from "../../core/events/upload-events.ts";
import type { ForgetEnded, ForgottenUpload } from "../../core/uploads/upload-store.ts";
import type { UploadState } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import { inLists } from "./bulk.ts";
import { recordEvents } from "./event-writes.ts";
import { toUpload } from "./upload-row.ts";
import type { UploadRow } from "./upload-row.ts";

export async function forgetEndedUploads(
  db: Db,
  { actor, now, ...wanted }: ForgetEnded,
): Promise<ForgottenUpload[]> {
  const rows: UploadRow[] = [];
  for (const state of new Set(wanted.states)) {
    const limit = wanted.limit - rows.length;
    if (limit > 0) rows.push(...(await findEnded(db, { ...wanted, state, limit })));
  }
  const ids = rows.map((row) => row.id);
  const tasks = await inLists(ids, (list) =>
    db
      .selectFrom("dialect_tasks")
      .select(["upload_id", "task_key"])
      .where("upload_id", "in", list)
      .execute(),
  );
  const keys = new Map(tasks.map((task) => [task.upload_id, task.task_key]));
  await deleteUploads(db, ids);
  const counts = new Map<string, number>();
  for (const { owner_id: owner } of rows) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  await recordEvents(
    db,
    [...counts].map(([accountId, count]) => uploadsForgotten({ accountId, count, actor, at: now })),
  );
  return rows.map((row) => ({ upload: toUpload(row), key: keys.get(row.id) ?? null }));
}

/** Holds no range, no quota and no blob any more, but for a finished partial, which is not over before a file has its bytes. */
function findEnded(
  db: Db,
  {
    ownerId,
    state,
    before,
    limit,
  }: Pick<ForgetEnded, "ownerId" | "before"> & { state: UploadState; limit: number },
): Promise<UploadRow[]> {
  let query = db.selectFrom("uploads").selectAll().where("state", "=", state);
  if (ownerId !== null) query = query.where("owner_id", "=", ownerId);
  if (before !== undefined)
    query = query.where("created_at", "<", before).where("ended_at", "<", before);
  return query
    .where((e) => e.or([e("state", "!=", "complete"), e("purpose", "!=", "partial")]))
    .limit(limit)
    .execute();
}

/** The rows of uploads and all that hangs on them. */
export async function deleteUploads(db: Db, ids: readonly string[]): Promise<void> {
  for (const table of ["upload_ranges", "dialect_tasks"] as const)
    await inLists(ids, (list) => db.deleteFrom(table).where("upload_id", "in", list).execute());
  await inLists(ids, (list) => db.deleteFrom("uploads").where("id", "in", list).execute());
}
