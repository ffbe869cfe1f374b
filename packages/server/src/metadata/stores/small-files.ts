import type { SmallFile, SmallFileOutcome } from "../../core/blobs/blob-index.ts";
import { nameKey } from "../../core/drive/name-key.ts";
import type { Db } from "../schema.ts";
import { adjustHoldings } from "./account-writes.ts";
import { clearOrphans, orphanUnreferenced } from "./blob-references.ts";
import { growStoredFile } from "./blob-writes.ts";
import { inLists, insertRows } from "./bulk.ts";
import { recordEvents } from "./event-writes.ts";
import { isNameTaken } from "./file-reads.ts";
import { addLiveBytes, insertStoredFile, sumByStored } from "./segments.ts";
import { SmallBatch, slotOf } from "./small-batch.ts";
import type { AccountBalance, BatchChanges, FileRow } from "./small-batch.ts";

export interface PublishSmall {
  readonly files: SmallFile[];
  readonly pack: { readonly stored: string; readonly length: number } | null;
  readonly now: number;
}

/** The number of statements grows with the size of the batch by hundreds, not by ones. */
export async function publishSmallFiles(
  db: Db,
  { files, pack, now }: PublishSmall,
): Promise<SmallFileOutcome[]> {
  const accounts = await findBalances(db, files);
  const batch = new SmallBatch({
    now,
    accounts,
    files: await findTwins(db, files),
    blobs: await findBlobIds(db, files),
    isPackUsable: pack === null || (await ensurePack(db, { ...pack, now })),
    isNameTaken: (name) => isNameTaken(db, name),
  });
  const outcomes: SmallFileOutcome[] = [];
  for (const file of files) outcomes.push(await batch.add(file));

  await writeChanges(db, { changes: batch.changes, now });
  await recordEvents(db, batch.events);
  for (const [ownerId, { deltaBytes }] of accounts)
    await adjustHoldings(db, { ownerId, used: deltaBytes });
  return outcomes;
}

async function writeChanges(
  db: Db,
  { changes, now }: { changes: BatchChanges; now: number },
): Promise<void> {
  const { files, replacedFiles, blobs, segments, reusedBlobs, releasedBlobs } = changes;
  await insertRows(db, { into: "blobs", rows: blobs });
  await insertRows(db, { into: "segments", rows: segments });
  await addLiveBytes(db, sumByStored(segments));
  // A replaced file is deleted and inserted under its id: one statement for many, where updates would be one each.
  await inLists([...replacedFiles], (list) =>
    db.deleteFrom("files").where("id", "in", list).execute(),
  );
  await insertRows(db, { into: "files", rows: [...files.values()] });
  await clearOrphans(db, [...reusedBlobs]);
  await orphanUnreferenced(db, { blobIds: [...releasedBlobs], now });
}

/** Gives the pack a row, or its new length. False when it has a tombstone: its file may be unlinked at any moment. */
async function ensurePack(
  db: Db,
  { stored, length, now }: { stored: string; length: number; now: number },
): Promise<boolean> {
  const known = await db
    .selectFrom("stored_files")
    .select("tombstone_at")
    .where("name", "=", stored)
    .executeTakeFirst();
  if (known === undefined) await insertStoredFile(db, { stored, kind: "pack", length, now });
  else if (known.tombstone_at === null) await growStoredFile(db, { stored, length });
  return known === undefined || known.tombstone_at === null;
}

async function findTwins(db: Db, files: readonly SmallFile[]): Promise<Map<string, FileRow>> {
  const twins = new Map<string, FileRow>();
  for (const [ownerId, owned] of Map.groupBy(files, (file) => file.ownerId)) {
    const keys = [...new Set(owned.map((file) => nameKey(file.name)))];
    const rows = await inLists(keys, (list) =>
      db
        .selectFrom("files")
        .selectAll()
        .where("owner_id", "=", ownerId)
        .where("name_key", "in", list)
        .execute(),
    );
    for (const row of rows) twins.set(slotOf(ownerId, row.name_key), row);
  }
  return twins;
}

async function findBlobIds(db: Db, files: readonly SmallFile[]): Promise<Map<string, string>> {
  const hashes = [...new Set(files.map((file) => file.sha256))];
  const rows = await inLists(hashes, (list) =>
    db.selectFrom("blobs").select(["id", "sha256"]).where("sha256", "in", list).execute(),
  );
  return new Map(rows.map((row) => [row.sha256!, row.id]));
}

async function findBalances(
  db: Db,
  files: readonly SmallFile[],
): Promise<Map<string, AccountBalance>> {
  const ids = [...new Set(files.map((file) => file.ownerId))];
  const rows = await inLists(ids, (list) =>
    db.selectFrom("accounts").selectAll().where("id", "in", list).execute(),
  );
  return new Map(
    rows.map((row) => [
      row.id,
      {
        quotaBytes: row.quota_bytes,
        heldBytes: row.used_bytes + row.reserved_bytes,
        deltaBytes: 0,
      },
    ]),
  );
}
