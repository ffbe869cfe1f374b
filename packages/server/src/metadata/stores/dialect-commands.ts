/** Writes of the dialects' tasks. */
import { CoreError } from "../../core/errors.ts";
import type { Task } from "../../core/dialects/task-store.ts";
import type { Upload } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import { insertRows } from "./bulk.ts";
import { findUploadRow } from "./upload-reads.ts";
import { updateUpload } from "./upload-ranges.ts";

async function putTask(
  db: Db,
  {
    task,
    chunkHashes,
    now,
  }: { task: Omit<Task, "isSuspect">; chunkHashes: readonly string[] | null; now: number },
): Promise<void> {
  const { uploadId, ownerId, dialect, key, totalChunks, chunkSize } = task;
  const width = Math.max(0, ...(chunkHashes ?? []).map((hash) => hash.length));
  const declared = {
    task_key: key,
    total_chunks: totalChunks,
    chunk_hashes: chunkHashes?.map((hash) => hash.padEnd(width)).join("") ?? null,
    hash_width: width,
  };
  await db
    .deleteFrom("dialect_tasks")
    .where("owner_id", "=", ownerId)
    .where("dialect", "=", dialect)
    .where("task_key", "=", key)
    .where("upload_id", "!=", uploadId)
    .execute();
  const known = await db
    .selectFrom("dialect_tasks")
    .select(["total_chunks", "chunk_hashes", "hash_width"])
    .where("upload_id", "=", uploadId)
    .executeTakeFirst();
  if (known === undefined) {
    const identity = { upload_id: uploadId, owner_id: ownerId, dialect };
    const row = { ...identity, ...declared, chunk_size: chunkSize, suspect: 0, created_at: now };
    await insertRows(db, { into: "dialect_tasks", rows: [row] });
    return;
  }
  const isSame =
    known.total_chunks === totalChunks &&
    known.chunk_hashes === declared.chunk_hashes &&
    known.hash_width === width;
  if (isSame) return;
  await db
    .updateTable("dialect_tasks")
    .set({ ...declared, chunk_size: chunkSize, suspect: 1 })
    .where("upload_id", "=", uploadId)
    .execute();
}

async function settleChunkSize(
  db: Db,
  { uploadId, chunkSize }: { uploadId: string; chunkSize: number },
): Promise<number> {
  const task = await db
    .selectFrom("dialect_tasks")
    .select("chunk_size")
    .where("upload_id", "=", uploadId)
    .executeTakeFirst();
  if (task === undefined) throw new CoreError("upload-not-found", { id: uploadId });
  if (task.chunk_size !== null) return task.chunk_size;
  await db
    .updateTable("dialect_tasks")
    .set({ chunk_size: chunkSize })
    .where("upload_id", "=", uploadId)
    .execute();
  await db
    .updateTable("uploads")
    .set({ part_size: chunkSize })
    .where("id", "=", uploadId)
    .execute();
  return chunkSize;
}

async function markSuspect(
  db: Db,
  { uploadId, isSuspect }: { uploadId: string; isSuspect: boolean },
): Promise<void> {
  await db
    .updateTable("dialect_tasks")
    .set({ suspect: isSuspect ? 1 : 0 })
    .where("upload_id", "=", uploadId)
    .execute();
}

async function renameUpload(
  db: Db,
  { uploadId: id, name, now }: { uploadId: string; name: string; now: number },
): Promise<Upload> {
  const row = await findUploadRow(db, id);
  if (row?.state !== "receiving") throw new CoreError("superseded", { id });
  return await updateUpload(db, { row, changes: { name, updated_at: now } });
}

export const dialectCommands = {
  putTask,
  settleChunkSize,
  markSuspect,
  renameUpload,
};
