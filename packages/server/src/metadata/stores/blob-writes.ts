import { sql } from "kysely";
import type { Digests } from "../../core/blobs/digest.ts";
import type { Manifest, ManifestSegment } from "../../core/blobs/manifest.ts";
import type { Db } from "../schema.ts";
import { findBlob, findKnownStored, findManifest } from "./blob-reads.ts";
import { clearOrphans, isUnreferenced, orphanUnreferenced } from "./blob-references.ts";
import { inLists, insertRows } from "./bulk.ts";
import { dropDerived } from "./derived-drop.ts";
import { firstRow, prepared } from "./prepared.ts";
import { deleteManifests, entombEmpty, insertManifest, insertStoredFile } from "./segments.ts";

/** Inserts a blob whose content is `manifest`; its stored files have rows. */
export async function insertBlob(
  db: Db,
  {
    id,
    size,
    digests,
    manifest,
    now,
  }: { id: string; size: number; digests: Digests; manifest: Manifest; now: number },
): Promise<void> {
  const { sha256 = null, sha1 = null, md5 = null } = digests;
  const row = { id, size, sha256, sha1, md5, crc32: null, created_at: now, orphaned_at: null };
  await insertRows(db, { into: "blobs", rows: [row] });
  await insertManifest(db, { blobId: id, manifest });
}

export async function findLiveBlob(
  db: Db,
  sha256: string | undefined,
): Promise<{ id: string } | undefined> {
  return sha256 === undefined ? undefined : await firstRow(selectBySha256(db, { sha256 }));
}

const selectBySha256 = prepared((db, { sha256 }: { sha256: string }) =>
  db.selectFrom("blobs").select("id").where("sha256", "=", sha256),
);

export async function identifyBlob(
  db: Db,
  { blobId, digests, now }: { blobId: string; digests: Digests; now: number },
): Promise<void> {
  const blob = await findBlob(db, blobId);
  // Collected meanwhile, or identified by an earlier delivery of the same job.
  if (blob === undefined || blob.digests.sha256 !== undefined) return;
  const equal = await findLiveBlob(db, digests.sha256);
  if (equal === undefined) {
    await db.updateTable("blobs").set(digests).where("id", "=", blobId).execute();
    return;
  }
  for (const table of ["nodes", "node_versions"] as const)
    await db.updateTable(table).set({ blob_id: equal.id }).where("blob_id", "=", blobId).execute();
  await db
    .updateTable("uploads")
    .set({ blob_id: equal.id })
    .where("blob_id", "=", blobId)
    .execute();
  await clearOrphans(db, [equal.id]);
  await orphanUnreferenced(db, { blobIds: [blobId, equal.id], now });
  await addDigests(db, { blobId: equal.id, digests });
}

/** Never touches sha256: that is the identity. Values already there stay. */
export async function addDigests(
  db: Db,
  { blobId, digests }: { blobId: string; digests: Digests },
): Promise<void> {
  const { sha1, md5 } = digests;
  if (sha1 === undefined && md5 === undefined) return;
  const changes = {
    ...(sha1 !== undefined && { sha1: sql<string>`coalesce(sha1, ${sha1})` }),
    ...(md5 !== undefined && { md5: sql<string>`coalesce(md5, ${md5})` }),
  };
  await db.updateTable("blobs").set(changes).where("id", "=", blobId).execute();
}

export async function replaceManifest(
  db: Db,
  input: { blobId: string; from: Manifest; to: ManifestSegment[]; now: number },
): Promise<boolean> {
  const { blobId, from, to, now } = input;
  const current = await findManifest(db, blobId);
  const isUnchanged = current.length > 0 && isSameManifest(current, from);
  const isUsable = await ensureStored(db, { segments: to, now, tombstone: !isUnchanged });
  if (!isUnchanged || !isUsable) return false;
  const freed = await deleteManifests(db, [blobId]);
  await insertManifest(db, { blobId, manifest: to });
  await entombEmpty(db, { stored: freed, now });
  return true;
}

/**
 * Gives rows to new stored files, and packs their new length. A file that was written for nothing gets its tombstone at once, so that the sweep
 * unlinks it. False when one of them is going away already.
 */
async function ensureStored(
  db: Db,
  {
    segments,
    now,
    tombstone,
  }: { segments: readonly ManifestSegment[]; now: number; tombstone: boolean },
): Promise<boolean> {
  const names = [...new Set(segments.map((segment) => segment.stored))];
  const known = await findKnownStored(db, names);
  for (const stored of names) {
    const inIt = segments.filter((segment) => segment.stored === stored);
    const length = Math.max(...inIt.map((segment) => segment.offset + segment.length));
    const { kind } = inIt[0]!;
    if (!known.has(stored)) {
      await insertStoredFile(db, {
        stored,
        kind,
        length,
        now,
        tombstone: tombstone && kind === "blob",
      });
    } else if (kind === "pack") {
      await growStoredFile(db, { stored, length });
    }
  }
  const dying = await inLists(names, (list) =>
    db
      .selectFrom("stored_files")
      .select("name")
      .where("name", "in", list)
      .where("tombstone_at", "is not", null)
      .execute(),
  );
  return dying.length === 0;
}

export async function growStoredFile(
  db: Db,
  { stored, length }: { stored: string; length: number },
): Promise<void> {
  await db
    .updateTable("stored_files")
    .set({ length })
    .where("name", "=", stored)
    .where("length", "<", length)
    .execute();
}

export async function collectBlobs(
  db: Db,
  { before, now, limit }: { before: number; now: number; limit: number },
): Promise<{ blobs: number }> {
  const rows = await db
    .selectFrom("blobs")
    .select("id")
    .where("orphaned_at", "<", before)
    .where(isUnreferenced)
    .orderBy("orphaned_at")
    .limit(limit)
    .execute();
  const ids = rows.map((row) => row.id);
  const freed = await deleteManifests(db, ids);
  await entombEmpty(db, { stored: freed, now });
  await dropDerived(db, { blobIds: ids, now });
  await inLists(ids, (list) => db.deleteFrom("blobs").where("id", "in", list).execute());
  return { blobs: ids.length };
}

/** Only rows under a tombstone: whatever the caller unlinked, a live row is never lost. */
export async function forgetStored(db: Db, { stored }: { stored: string[] }): Promise<void> {
  await inLists(stored, (list) =>
    db
      .deleteFrom("stored_files")
      .where("name", "in", list)
      .where("tombstone_at", "is not", null)
      .execute(),
  );
}

function isSameManifest(a: Manifest, b: Manifest): boolean {
  if (a.length !== b.length) return false;
  return a.every((segment, i) => {
    const other = b[i]!;
    return (
      segment.stored === other.stored &&
      segment.offset === other.offset &&
      segment.length === other.length
    );
  });
}
