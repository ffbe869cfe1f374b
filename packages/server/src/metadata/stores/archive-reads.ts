import type { StoredContent } from "../../core/archive/archive-index.ts";
import type { KeptSelection } from "../../core/archive/selection-store.ts";
import type { ManifestSegment } from "../../core/blobs/manifest.ts";
import type { Db } from "../schema.ts";
import { preparedInLists } from "./bulk.ts";

export async function findContents(
  db: Db,
  blobIds: readonly string[],
): Promise<Map<string, StoredContent>> {
  const rows = await selectContents(db, blobIds);
  const contents = new Map<string, StoredContent & { manifest: ManifestSegment[] }>();
  for (const { id, crc32, stored, kind, offset, length } of rows) {
    let content = contents.get(id);
    if (!content) contents.set(id, (content = { manifest: [], crc32 }));
    content.manifest.push({ stored, kind, offset, length });
  }
  return contents;
}

const selectContents = preparedInLists((db, list) =>
  db
    .selectFrom("blobs")
    .innerJoin("segments", "segments.blob_id", "blobs.id")
    .innerJoin("stored_files", "stored_files.name", "segments.stored")
    .select(["blobs.id", "blobs.crc32", "segments.stored", "stored_files.kind"])
    .select(["segments.offset", "segments.length"])
    .where("blobs.id", "in", list)
    .orderBy("segments.blob_id")
    .orderBy("segments.position"),
);

export async function findCrcs(db: Db, blobIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await selectCrcs(db, blobIds);
  return new Map(rows.flatMap(({ id, crc32 }) => (crc32 === null ? [] : [[id, crc32]])));
}

const selectCrcs = preparedInLists((db, list) =>
  db.selectFrom("blobs").select(["id", "crc32"]).where("id", "in", list),
);

export async function findSelection(db: Db, id: string): Promise<KeptSelection | undefined> {
  const row = await db
    .selectFrom("archive_selections")
    .select(["account_id", "name", "ids", "expires_at"])
    .where("id", "=", id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { account_id: accountId, name, expires_at: expiresAt } = row;
  const ids = row.ids === null ? null : (JSON.parse(row.ids) as string[]);
  return { id, accountId, name, ids, expiresAt };
}
