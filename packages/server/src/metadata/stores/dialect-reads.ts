import { sql } from "kysely";
import type { Task } from "../../core/dialects/task-store.ts";
import { openStates, type UploadState } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import { inLists } from "./bulk.ts";

const taskColumns = [
  "upload_id",
  "owner_id",
  "dialect",
  "task_key",
  "total_chunks",
  "chunk_size",
  "suspect",
] as const;

function selectTasks(db: Db) {
  return db.selectFrom("dialect_tasks").select(taskColumns);
}

type Row = Awaited<ReturnType<ReturnType<typeof selectTasks>["executeTakeFirstOrThrow"]>>;

export async function findTask(db: Db, uploadId: string): Promise<Task | undefined> {
  const row = await selectTasks(db).where("upload_id", "=", uploadId).executeTakeFirst();
  return row && toTask(row);
}

export async function findTasks(db: Db, ids: readonly string[]): Promise<Map<string, Task>> {
  const rows = await inLists([...ids], (list) =>
    selectTasks(db).where("upload_id", "in", list).execute(),
  );
  return new Map(rows.map((row) => [row.upload_id, toTask(row)]));
}

export async function findTaskByKey(
  db: Db,
  { ownerId, dialect, key }: { ownerId: string; dialect: string; key: string },
): Promise<Task | undefined> {
  const row = await selectTasks(db)
    .where("owner_id", "=", ownerId)
    .where("dialect", "=", dialect)
    .where("task_key", "=", key)
    .executeTakeFirst();
  return row && toTask(row);
}

export async function findChunkHash(
  db: Db,
  { uploadId, index }: { uploadId: string; index: number },
): Promise<string | undefined> {
  const row = await db
    .selectFrom("dialect_tasks")
    .select(
      sql<string | null>`substr(chunk_hashes, hash_width * ${index} + 1, hash_width)`.as("hash"),
    )
    .where("upload_id", "=", uploadId)
    .executeTakeFirst();
  return row?.hash?.trim() || undefined;
}

export async function countOpenUploads(
  db: Db,
  { ownerId, dialect, now }: { ownerId: string; dialect: string; now: number },
): Promise<number> {
  const row = await db
    .selectFrom("uploads")
    .select((e) => e.fn.countAll<number>().as("count"))
    .where("owner_id", "=", ownerId)
    .where("state", "in", openStates)
    .where("dialect", "=", dialect)
    .where("expires_at", ">", now)
    .executeTakeFirstOrThrow();
  return row.count;
}

export async function countByState(
  db: Db,
  ownerId: string,
): Promise<Partial<Record<UploadState, number>>> {
  const rows = await db
    .selectFrom("uploads")
    .select((e) => ["state", e.fn.countAll<number>().as("count")])
    .where("owner_id", "=", ownerId)
    .where("purpose", "!=", "annex")
    .groupBy("state")
    .execute();
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

function toTask(row: Row): Task {
  return {
    uploadId: row.upload_id,
    ownerId: row.owner_id,
    dialect: row.dialect,
    key: row.task_key,
    totalChunks: row.total_chunks,
    chunkSize: row.chunk_size,
    isSuspect: row.suspect === 1,
  };
}
