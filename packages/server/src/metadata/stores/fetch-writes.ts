import type { Updateable } from "kysely";
import { systemActor } from "../../core/events.ts";
import {
  fetchCancelled,
  fetchCompleted,
  fetchCreated,
  fetchFailed,
} from "../../core/events/fetch-events.ts";
import type { FetchStore } from "../../core/fetches/fetch-store.ts";
import { hasEnded, type Fetch } from "../../core/fetches/fetch.ts";
import { isOpen } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import type { FetchesTable } from "../schema/fetches.ts";
import { inLists, insertRows } from "./bulk.ts";
import { recordEvents } from "./event-writes.ts";
import { admitNext, assertRoomForFetch, enqueueFetch } from "./fetch-admission.ts";
import { findFetch } from "./fetch-reads.ts";
import { findUpload } from "./upload-reads.ts";

type Input<M extends keyof FetchStore> = Parameters<FetchStore[M]>[0];

export async function createFetch(
  db: Db,
  { fetch, limits, actor, now }: Input<"create">,
): Promise<Fetch> {
  const { id, ownerId, url, name, parentId } = fetch;
  await assertRoomForFetch(db, { ownerId, limits });
  const row = {
    id,
    owner_id: ownerId,
    url,
    name,
    parent_id: parentId,
    state: "queued" as const,
    lane: "waiting" as const,
    run: 1,
    attempts: 0,
    validator: null,
    upload_id: null,
    file_id: null,
    received_bytes: 0,
    total_bytes: null,
    failure: null,
    created_at: now,
    updated_at: now,
    ended_at: null,
  };
  await insertRows(db, { into: "fetches", rows: [row] });
  await admitNext(db, { ownerId, limits, now });
  const created = await getFetch(db, id);
  await recordEvents(db, [fetchCreated({ fetch: created, actor, at: now })]);
  return created;
}

export async function beginFetch(
  db: Db,
  { id, run, now }: Input<"begin">,
): Promise<Fetch | undefined> {
  const changes = { state: "fetching" as const, updated_at: now };
  return (await change(db, { id, run, changes })) ? await getFetch(db, id) : undefined;
}

export async function attachUpload(
  db: Db,
  { id, run, uploadId, name, validator, totalBytes, now }: Input<"attach">,
): Promise<boolean> {
  const changes = {
    upload_id: uploadId,
    name,
    validator,
    total_bytes: totalBytes,
    updated_at: now,
  };
  return await change(db, { id, run, changes });
}

export async function postponeFetch(
  db: Db,
  { id, run, at, attempts, failure, anew, now }: Input<"postpone">,
): Promise<boolean> {
  const isOurs = await change(db, {
    id,
    run,
    changes: {
      state: "queued",
      run: run + 1,
      attempts,
      failure: failure && JSON.stringify(failure),
      updated_at: now,
      ...(anew ? { upload_id: null, validator: null } : {}),
    },
  });
  if (isOurs) await enqueueFetch(db, { id, run: run + 1, at });
  return isOurs;
}

export async function endFetch(
  db: Db,
  { id, run, ending, limits, now }: Input<"end">,
): Promise<boolean> {
  const before = await findFetch(db, id);
  const how =
    ending.state === "complete"
      ? {
          file_id: ending.fileId,
          parent_id: ending.parentId,
          received_bytes: ending.receivedBytes,
          total_bytes: ending.receivedBytes,
          failure: null,
        }
      : {
          failure: JSON.stringify(ending.failure),
          attempts: ending.attempts,
          received_bytes: before?.receivedBytes ?? 0,
        };
  const isOurs = await change(db, { id, run, changes: { ...how, ...endOf(ending.state, now) } });
  if (!isOurs) return false;
  const fetch = await getFetch(db, id);
  const tell = ending.state === "complete" ? fetchCompleted : fetchFailed;
  await recordEvents(db, [tell({ fetch, actor: systemActor, at: now })]);
  await admitNext(db, { ownerId: fetch.ownerId, limits, now });
  return true;
}

export async function cancelFetch(
  db: Db,
  { id, limits, actor, now }: Input<"cancel">,
): Promise<Fetch | undefined> {
  const fetch = await findFetch(db, id);
  if (fetch === undefined || hasEnded(fetch)) return undefined;
  await change(db, {
    id,
    run: fetch.run,
    changes: {
      run: fetch.run + 1,
      received_bytes: fetch.receivedBytes,
      ...endOf("cancelled", now),
    },
  });
  await recordEvents(db, [fetchCancelled({ fetch, actor, at: now })]);
  await admitNext(db, { ownerId: fetch.ownerId, limits, now });
  return await getFetch(db, id);
}

export async function restartFetch(
  db: Db,
  { id, limits, actor, now }: Input<"restart">,
): Promise<Fetch | undefined> {
  const fetch = await findFetch(db, id);
  if (fetch === undefined || (fetch.state !== "failed" && fetch.state !== "cancelled"))
    return undefined;
  const { ownerId, run } = fetch;
  await assertRoomForFetch(db, { ownerId, limits });
  const upload = fetch.uploadId === null ? undefined : await findUpload(db, fetch.uploadId);
  const goesOn = upload !== undefined && (isOpen(upload) || upload.state === "complete");
  await db
    .updateTable("fetches")
    .set({
      state: "queued",
      lane: "waiting",
      run: run + 1,
      attempts: 0,
      failure: null,
      received_bytes: 0,
      updated_at: now,
      ended_at: null,
      ...(goesOn ? {} : { upload_id: null, validator: null, total_bytes: null }),
    })
    .where("id", "=", id)
    .execute();
  await admitNext(db, { ownerId, limits, now });
  const restarted = await getFetch(db, id);
  await recordEvents(db, [fetchCreated({ fetch: restarted, actor, at: now })]);
  return restarted;
}

export async function removeFetch(db: Db, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("fetches")
    .where("id", "=", id)
    .where("ended_at", "is not", null)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function purgeFetches(db: Db, { before, limit }: Input<"purge">): Promise<number> {
  const rows = await db
    .selectFrom("fetches")
    .select("id")
    .where("ended_at", "<", before)
    .orderBy("ended_at")
    .limit(limit)
    .execute();
  const ids = rows.map((row) => row.id);
  await inLists(ids, (list) => db.deleteFrom("fetches").where("id", "in", list).execute());
  return ids.length;
}

function endOf(state: "complete" | "failed" | "cancelled", now: number) {
  return { state, lane: null, updated_at: now, ended_at: now };
}

/** Compare-and-set on `run` of an open one: false when it has changed hands, or ended (a job may be delivered again after its end). */
async function change(
  db: Db,
  { id, run, changes }: { id: string; run: number; changes: Updateable<FetchesTable> },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("fetches")
    .set(changes)
    .where("id", "=", id)
    .where("run", "=", run)
    .where("ended_at", "is", null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

async function getFetch(db: Db, id: string): Promise<Fetch> {
  const fetch = await findFetch(db, id);
  if (fetch === undefined) throw new Error(`no fetch ${id}`);
  return fetch;
}
