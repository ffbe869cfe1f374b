import { sql } from "kysely";
import type { Selectable } from "kysely";
import type { Blob } from "../../core/blobs/blob-index.ts";
import type { Digests } from "../../core/blobs/digest.ts";
import type { Manifest, StoredKind } from "../../core/blobs/manifest.ts";
import type { BlobsTable, Db } from "../schema.ts";
import { inLists } from "./bulk.ts";
import { firstRow, prepared } from "./prepared.ts";

const columns = ["id", "size", "sha256", "sha1", "md5", "created_at"] as const;
type BlobRow = Pick<Selectable<BlobsTable>, (typeof columns)[number]>;

export async function findBlob(db: Db, id: string): Promise<Blob | undefined> {
  const row = await firstRow(selectBlob(db, { id }));
  return row && toBlob(row);
}

const selectBlob = prepared((db, { id }: { id: string }) =>
  db.selectFrom("blobs").select(columns).where("id", "=", id),
);

export async function findBlobsBySha256(
  db: Db,
  hashes: readonly string[],
): Promise<Map<string, Blob>> {
  const rows = await inLists([...new Set(hashes)], (list) =>
    db.selectFrom("blobs").select(columns).where("sha256", "in", list).execute(),
  );
  return new Map(rows.map((row) => [row.sha256!, toBlob(row)]));
}

export async function findManifest(db: Db, blobId: string): Promise<Manifest> {
  const { rows } = await selectManifest(db, { blobId });
  return rows.map((row) => ({ ...row }));
}

const selectManifest = prepared((db, { blobId }: { blobId: string }) =>
  db
    .selectFrom("segments")
    .innerJoin("stored_files", "stored_files.name", "segments.stored")
    .select(["segments.stored", "stored_files.kind", "segments.offset", "segments.length"])
    .where("segments.blob_id", "=", blobId)
    .orderBy("segments.position"),
);

export async function pageBlobs(
  db: Db,
  { after, limit }: { after: string; limit: number },
): Promise<Blob[]> {
  const rows = await db
    .selectFrom("blobs")
    .select(columns)
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map(toBlob);
}

export async function countBlobs(db: Db): Promise<{ blobs: number; bytes: number }> {
  return await db
    .selectFrom("blobs")
    .select((e) => [
      e.fn.countAll<number>().as("blobs"),
      e.fn.coalesce(e.fn.sum<number>("size"), sql<number>`0`).as("bytes"),
    ])
    .executeTakeFirstOrThrow();
}

export async function findFragmentedBlobs(
  db: Db,
  { segments, limit }: { segments: number; limit: number },
): Promise<Blob[]> {
  // Positions count from 0, so a segment at this one is one too many. The literal lets SQLite see that its partial index serves.
  const rows = await db
    .selectFrom("blobs")
    .innerJoin("segments", "segments.blob_id", "blobs.id")
    .select(columns.map((column) => `blobs.${column}` as const))
    .where("segments.position", "=", Math.max(segments, 1))
    .where(sql<boolean>`segments.position > 0`)
    .limit(limit)
    .execute();
  return rows.map(toBlob);
}

export async function findSparsePacks(
  db: Db,
  { liveRatio, minLength, limit }: { liveRatio: number; minLength: number; limit: number },
): Promise<{ stored: string; blobIds: string[] }[]> {
  const packs = await db
    .selectFrom("stored_files")
    .select("name")
    .where("kind", "=", sql.lit("pack"))
    .where("tombstone_at", "is", null)
    .where("length", ">=", minLength)
    .where(sql<boolean>`live_bytes < length * ${liveRatio}`)
    .orderBy("created_at")
    .limit(limit)
    .execute();
  const names = packs.map((pack) => pack.name);
  const rows = await inLists(names, (list) =>
    db
      .selectFrom("segments")
      .select(["stored", "blob_id"])
      .distinct()
      .where("stored", "in", list)
      .execute(),
  );
  const byPack = Map.groupBy(rows, (row) => row.stored);
  return names.map((stored) => ({
    stored,
    blobIds: (byPack.get(stored) ?? []).map((row) => row.blob_id),
  }));
}

export async function findTombstones(
  db: Db,
  { before, limit }: { before: number; limit: number },
): Promise<{ stored: string; kind: StoredKind }[]> {
  return await db
    .selectFrom("stored_files")
    .select(["name as stored", "kind"])
    .where("tombstone_at", "<", before)
    .orderBy("tombstone_at")
    .limit(limit)
    .execute();
}

export async function findKnownStored(db: Db, stored: string[]): Promise<Set<string>> {
  const rows = await inLists(stored, (list) =>
    db.selectFrom("stored_files").select("name").where("name", "in", list).execute(),
  );
  return new Set(rows.map((row) => row.name));
}

export function toDigests(row: {
  sha256: string | null;
  sha1: string | null;
  md5: string | null;
}): Digests {
  return {
    ...(row.sha256 !== null && { sha256: row.sha256 }),
    ...(row.sha1 !== null && { sha1: row.sha1 }),
    ...(row.md5 !== null && { md5: row.md5 }),
  };
}

function toBlob(row: BlobRow): Blob {
  return { id: row.id, size: row.size, digests: toDigests(row), createdAt: row.created_at };
}
