import type { Selectable } from "kysely";
import type { Job } from "../../core/jobs/job-queue.ts";
import type { Db, JobsTable } from "../schema.ts";

const DEFAULT_MAX_ATTEMPTS = 10;

export async function enqueueJob(
  db: Db,
  job: {
    id: string;
    kind: string;
    payload: string;
    key?: string;
    runAt: number;
    maxAttempts?: number;
  },
): Promise<void> {
  const { id, kind, payload, key = null, runAt, maxAttempts = DEFAULT_MAX_ATTEMPTS } = job;
  if (key !== null) {
    const twin = await db
      .selectFrom("jobs")
      .select("id")
      .where("unique_key", "=", key)
      .executeTakeFirst();
    if (twin !== undefined) return;
  }
  await db
    .insertInto("jobs")
    .values({
      id,
      kind,
      payload,
      unique_key: key,
      state: "ready",
      attempt: 0,
      max_attempts: maxAttempts,
      due_at: runAt,
      error: null,
      created_at: runAt,
    })
    .execute();
}

export async function claimJob(
  db: Db,
  { kinds, now, leaseMs }: { kinds: readonly string[]; now: number; leaseMs: number },
): Promise<Job | undefined> {
  for (;;) {
    const row = await findDue(db, { kinds, now });
    if (row === undefined) return undefined;
    // A lease that ran out was an attempt too: the last one leaves nothing to try.
    if (row.attempt >= row.max_attempts) {
      await updateJob(db, { row, changes: dead("its lease ran out") });
      continue;
    }
    const attempt = row.attempt + 1;
    const leaseUntil = now + leaseMs;
    const isOurs = await updateJob(db, {
      row,
      changes: { state: "running", attempt, due_at: leaseUntil },
    });
    if (isOurs) return { id: row.id, kind: row.kind, payload: row.payload, attempt, leaseUntil };
  }
}

export async function heartbeatJob(
  db: Db,
  { id, attempt, leaseUntil }: { id: string; attempt: number; leaseUntil: number },
): Promise<boolean> {
  return await updateJob(db, {
    row: { id, attempt, state: "running" },
    changes: { due_at: leaseUntil },
  });
}

export async function reclaimJobs(db: Db, { now }: { now: number }): Promise<void> {
  await db.updateTable("jobs").set({ due_at: now }).where("state", "=", "running").execute();
}

export async function finishJob(
  db: Db,
  { id, attempt }: { id: string; attempt: number },
): Promise<void> {
  await db
    .deleteFrom("jobs")
    .where("id", "=", id)
    .where("attempt", "=", attempt)
    .where("state", "=", "running")
    .execute();
}

export async function failJob(
  db: Db,
  { id, attempt, error, retryAt }: { id: string; attempt: number; error: string; retryAt: number },
): Promise<"retry" | "dead"> {
  const job = await db
    .selectFrom("jobs")
    .select("max_attempts")
    .where("id", "=", id)
    .executeTakeFirst();
  const isLast = job !== undefined && attempt >= job.max_attempts;
  const changes = isLast ? dead(error) : { state: "ready" as const, due_at: retryAt, error };
  // Whoever lost the lease changes nothing: a later attempt decides.
  const isOurs = await updateJob(db, { row: { id, attempt, state: "running" }, changes });
  return isOurs && isLast ? "dead" : "retry";
}

type JobRow = Selectable<JobsTable>;

/** The longest due of these kinds. A query a kind, so that each takes the first entry of its index. */
async function findDue(
  db: Db,
  { kinds, now }: { kinds: readonly string[]; now: number },
): Promise<JobRow | undefined> {
  let first: JobRow | undefined;
  for (const kind of new Set(kinds)) {
    const row = await db
      .selectFrom("jobs")
      .selectAll()
      .where("kind", "=", kind)
      .where("due_at", "<=", now)
      .orderBy("due_at")
      .limit(1)
      .executeTakeFirst();
    if (row !== undefined && (first === undefined || row.due_at! < first.due_at!)) first = row;
  }
  return first;
}

/** Compare-and-set on state and attempt. */
async function updateJob(
  db: Db,
  { row, changes }: { row: Pick<JobRow, "id" | "attempt" | "state">; changes: Partial<JobRow> },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("jobs")
    .set(changes)
    .where("id", "=", row.id)
    .where("attempt", "=", row.attempt)
    .where("state", "=", row.state)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

function dead(error: string) {
  return { state: "dead", due_at: null, unique_key: null, error } as const;
}
