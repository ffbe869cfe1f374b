/** Manifests' rows and, with them, each stored file's count of live bytes and its tombstone. */
import { sql } from "kysely";
import type { Manifest, ManifestSegment } from "../../core/blobs/manifest.ts";
import type { Db } from "../schema.ts";
import { inLists, insertRows } from "./bulk.ts";
import { prepared } from "./prepared.ts";

/** Inserts the manifest of `blobId` over stored files that have rows. */
export async function insertManifest(
  db: Db,
  { blobId, manifest }: { blobId: string; manifest: Manifest },
): Promise<void> {
  const rows = manifest.map(({ stored, offset, length }, position) => ({
    blob_id: blobId,
    position,
    stored,
    offset,
    length,
  }));
  await insertRows(db, { into: "segments", rows });
  await addLiveBytes(db, sumByStored(manifest));
}

/** Deletes the manifests of the blobs; answers the stored files that they lay in, for `entombEmpty` once the transaction has placed what it moves. */
export async function deleteManifests(db: Db, blobIds: readonly string[]): Promise<string[]> {
  const rows = await inLists(blobIds, (list) =>
    db.selectFrom("segments").select(["stored", "length"]).where("blob_id", "in", list).execute(),
  );
  await inLists(blobIds, (list) =>
    db.deleteFrom("segments").where("blob_id", "in", list).execute(),
  );
  const freed = sumByStored(rows);
  for (const [stored, bytes] of freed) freed.set(stored, -bytes);
  await addLiveBytes(db, freed);
  return [...freed.keys()];
}

export async function insertStoredFile(
  db: Db,
  {
    stored,
    kind,
    length,
    now,
    tombstone = false,
  }: Pick<ManifestSegment, "stored" | "kind" | "length"> & { now: number; tombstone?: boolean },
): Promise<void> {
  const tombstone_at = tombstone ? now : null;
  const row = { name: stored, kind, length, live_bytes: 0, created_at: now, tombstone_at };
  await insertRows(db, { into: "stored_files", rows: [row] });
}

export async function addLiveBytes(
  db: Db,
  bytesByStored: ReadonlyMap<string, number>,
): Promise<void> {
  for (const [stored, bytes] of bytesByStored) await moveLiveBytes(db, { stored, bytes });
}

const moveLiveBytes = prepared((db, { stored, bytes }: { stored: string; bytes: number }) =>
  db
    .updateTable("stored_files")
    .set({ live_bytes: sql`live_bytes + ${bytes}` })
    .where("name", "=", stored),
);

/**
 * Gives a tombstone to those of the stored files, and to any pack, that nothing lies in any more.
 *
 * A tombstone is never taken back: bytes under one may be unlinked at any moment after the grace period. So the newest pack gets none even
 * when it is empty for now, because more may be appended; it gets one here once a newer pack exists.
 */
export async function entombEmpty(
  db: Db,
  { stored, now }: { stored: readonly string[]; now: number },
): Promise<void> {
  const newest = await newestPack(db);
  const idlePacks = await db
    .selectFrom("stored_files")
    .select("name")
    .where("kind", "=", sql.lit("pack"))
    .where("live_bytes", "=", 0)
    .where("tombstone_at", "is", null)
    .execute();
  const candidates = new Set([...stored, ...idlePacks.map((pack) => pack.name)]);
  if (newest !== undefined) candidates.delete(newest);
  await inLists([...candidates], (list) =>
    db
      .updateTable("stored_files")
      .set({ tombstone_at: now })
      .where("name", "in", list)
      .where("tombstone_at", "is", null)
      .where((e) =>
        e.not(
          e.exists(
            e
              .selectFrom("segments")
              .select("segments.blob_id")
              .whereRef("segments.stored", "=", "stored_files.name"),
          ),
        ),
      )
      .execute(),
  );
}

async function newestPack(db: Db): Promise<string | undefined> {
  const row = await db
    .selectFrom("stored_files")
    .select("name")
    .where("kind", "=", sql.lit("pack"))
    .orderBy("created_at", "desc")
    .orderBy("name", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.name;
}

export function sumByStored(
  rows: Iterable<{ stored: string; length: number }>,
): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { stored, length } of rows) sums.set(stored, (sums.get(stored) ?? 0) + length);
  return sums;
}
