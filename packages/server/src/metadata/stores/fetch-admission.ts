/** Whose turn it is: a fetch gets its job when fewer of its owner's are admitted than may be, the longest waiting first. */
import type { FetchLimits } from "../../core/fetches/fetch-store.ts";
import { fetchUrlJob } from "../../core/fetches/fetch.ts";
import { CoreError } from "../../core/errors.ts";
import { newId } from "../../core/ids.ts";
import type { Db } from "../schema.ts";
import { enqueueJob } from "./job-writes.ts";

/** A job whose lease runs out says that a process died over it; the fetch counts tries of its own. */
const maxJobAttempts = 1_000;

export async function admitNext(
  db: Db,
  { ownerId, limits, now }: { ownerId: string; limits: FetchLimits; now: number },
): Promise<void> {
  const free = limits.maxAdmitted - (await countLane(db, { ownerId, lane: "admitted" }));
  if (free <= 0) return;
  const next = await db
    .selectFrom("fetches")
    .select(["id", "run"])
    .where("owner_id", "=", ownerId)
    .where("lane", "=", "waiting")
    .orderBy("created_at")
    .orderBy("id")
    .limit(free)
    .execute();
  for (const { id, run } of next) {
    await db.updateTable("fetches").set({ lane: "admitted" }).where("id", "=", id).execute();
    await enqueueFetch(db, { id, run, at: now });
  }
}

export async function enqueueFetch(
  db: Db,
  { id, run, at }: { id: string; run: number; at: number },
): Promise<void> {
  await enqueueJob(db, {
    id: newId(),
    kind: fetchUrlJob,
    payload: JSON.stringify({ id, run }),
    runAt: at,
    maxAttempts: maxJobAttempts,
  });
}

export async function assertRoomForFetch(
  db: Db,
  { ownerId, limits }: { ownerId: string; limits: FetchLimits },
): Promise<void> {
  const admitted = await countLane(db, { ownerId, lane: "admitted" });
  const waiting = await countLane(db, { ownerId, lane: "waiting" });
  if (admitted + waiting >= limits.maxOpen)
    throw new CoreError("too-many-fetches", { limit: limits.maxOpen });
}

async function countLane(
  db: Db,
  { ownerId, lane }: { ownerId: string; lane: "admitted" | "waiting" },
): Promise<number> {
  const { count } = await db
    .selectFrom("fetches")
    .select((e) => e.fn.countAll<number>().as("count"))
    .where("owner_id", "=", ownerId)
    .where("lane", "=", lane)
    .executeTakeFirstOrThrow();
  return count;
}
