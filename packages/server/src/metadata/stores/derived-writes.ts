import { newId } from "../../core/ids.ts";
import {
  makePreviewJob,
  type DerivedKey,
  type DerivedStore,
} from "../../core/previews/derived-store.ts";
import type { Db } from "../schema.ts";
import type { DerivedTable } from "../schema/derived.ts";
import { clearOrphans, orphanUnreferenced } from "./blob-references.ts";
import { findLiveBlob, insertBlob } from "./blob-writes.ts";
import { insertRows } from "./bulk.ts";
import { findDerived } from "./derived-reads.ts";
import { enqueueJob } from "./job-writes.ts";
import { ensurePack } from "./small-files.ts";

type Input<M extends keyof DerivedStore> = Parameters<DerivedStore[M]>[0];

export async function requestDerived(
  db: Db,
  { keys, maxWaiting, now }: Input<"request">,
): Promise<number> {
  let room = maxWaiting - (await countWaiting(db, maxWaiting));
  let taken = 0;
  for (const key of keys) {
    const word = `preview:${key.blobId}:${key.kind}`;
    if ((await findDerived(db, key)) === undefined && !(await hasJob(db, word))) {
      if (room <= 0) continue;
      room--;
      await enqueueJob(db, {
        id: newId(),
        kind: makePreviewJob,
        payload: JSON.stringify({ blobId: key.blobId, kind: key.kind }),
        key: word,
        runAt: now,
      });
    }
    taken++;
  }
  return taken;
}

/** Up to `limit`: beyond that the count changes nothing. */
async function countWaiting(db: Db, limit: number): Promise<number> {
  const rows = await db
    .selectFrom("jobs")
    .select("id")
    .where("kind", "=", makePreviewJob)
    .where("due_at", ">", 0)
    .limit(limit)
    .execute();
  return rows.length;
}

async function hasJob(db: Db, key: string): Promise<boolean> {
  const job = await db
    .selectFrom("jobs")
    .select("id")
    .where("unique_key", "=", key)
    .executeTakeFirst();
  return job !== undefined;
}

export async function publishDerived(
  db: Db,
  input: Input<"publish">,
): Promise<"published" | "bytes-needed" | "source-gone"> {
  const { blobId, kind, derivedId, size, sha256, segment, pack, now } = input;
  // First of all: bytes that turn out not to be needed lie in a pack that has a row, and compaction finds them.
  const isPackUsable = pack === null || (await ensurePack(db, { ...pack, now }));
  if (!(await isThere(db, blobId))) return "source-gone";
  const equal = await findLiveBlob(db, sha256);
  if (equal === undefined && (segment === null || !isPackUsable)) return "bytes-needed";
  if (equal === undefined) {
    const manifest = [{ ...segment!, kind: "pack" as const, length: size }];
    await insertBlob(db, { id: derivedId, size, digests: { sha256 }, manifest, now });
  }
  const id = equal?.id ?? derivedId;
  await replaceRow(db, {
    row: { blob_id: blobId, kind, derived_blob_id: id, failure: null, made_at: now },
  });
  // A blob that is its own preview does not keep itself.
  if (id !== blobId) await clearOrphans(db, [id]);
  return "published";
}

export async function refuseDerived(
  db: Db,
  { blobId, kind, reason, now }: Input<"refuse">,
): Promise<void> {
  if (!(await isThere(db, blobId)) || (await findDerived(db, { blobId, kind }))) return;
  await replaceRow(db, {
    row: { blob_id: blobId, kind, derived_blob_id: null, failure: reason, made_at: now },
  });
}

async function isThere(db: Db, blobId: string): Promise<boolean> {
  const blob = await db
    .selectFrom("blobs")
    .select("id")
    .where("id", "=", blobId)
    .executeTakeFirst();
  return blob !== undefined;
}

/** A job may be delivered twice: the later one's result is as good, and what the earlier one kept is let go. */
async function replaceRow(db: Db, { row }: { row: DerivedTable }): Promise<void> {
  const key: DerivedKey = { blobId: row.blob_id, kind: row.kind };
  const before = await findDerived(db, key);
  await db
    .deleteFrom("derived")
    .where("blob_id", "=", key.blobId)
    .where("kind", "=", key.kind)
    .execute();
  await insertRows(db, { into: "derived", rows: [row] });
  if (before?.state === "made")
    await orphanUnreferenced(db, { blobIds: [before.blobId], now: row.made_at });
}
