import { CoreError } from "../../core/errors.ts";
import type { FileEntry, FilePage } from "../../core/drive/file-store.ts";
import { nameKey } from "../../core/drive/name-key.ts";
import type { Db } from "../schema.ts";
import { toDigests } from "./blob-reads.ts";
import { formatCursor, parseCursor } from "./cursor.ts";
import { firstRow, prepared } from "./prepared.ts";
import { endOfPrefix } from "./prefix.ts";

export async function findFile(db: Db, id: string): Promise<FileEntry | undefined> {
  const row = await firstRow(selectFile(db, { id }));
  return row && toFileEntry(row);
}

export async function findFiles(db: Db, ids: readonly string[]): Promise<Map<string, FileEntry>> {
  const rows =
    ids.length === 0 ? [] : await filesWithDigests(db).where("files.id", "in", ids).execute();
  return new Map(rows.map((row) => [row.id, toFileEntry(row)]));
}

const selectFile = prepared((db, { id }: { id: string }) =>
  filesWithDigests(db).where("files.id", "=", id),
);

/** In the order of name keys: letter case does not tear a folder apart, and the unique index is the order. */
export async function listFiles(
  db: Db,
  input: { ownerId: string; prefix?: string; name?: string; limit: number; cursor?: string },
): Promise<FilePage> {
  const { ownerId, prefix, name, limit, cursor } = input;
  let query = filesWithDigests(db).where("files.owner_id", "=", ownerId);
  if (name !== undefined)
    query = query.where("files.name_key", "=", nameKey(name)).where("files.name", "=", name);
  if (prefix !== undefined && prefix !== "") {
    const start = nameKey(prefix);
    const end = endOfPrefix(start);
    query = query.where("files.name_key", ">=", start);
    if (end !== undefined) query = query.where("files.name_key", "<", end);
  }
  if (cursor !== undefined)
    query = query.where("files.name_key", ">", parseCursor(cursor, ["string"])[0]);
  const rows = await query
    .orderBy("files.name_key")
    .limit(limit + 1)
    .execute();
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    items: rows.slice(0, limit).map(toFileEntry),
    nextCursor: last ? formatCursor([last.name_key]) : null,
  };
}

export async function assertNameFree(
  db: Db,
  { ownerId, name }: { ownerId: string; name: string },
): Promise<void> {
  if (await isNameTaken(db, { ownerId, key: nameKey(name) }))
    throw new CoreError("name-taken", { name });
}

export async function isNameTaken(
  db: Db,
  { ownerId, key }: { ownerId: string; key: string },
): Promise<boolean> {
  const row = await firstRow(selectTwinId(db, { ownerId, key }));
  return row !== undefined;
}

const selectTwinId = prepared((db, { ownerId, key }: { ownerId: string; key: string }) =>
  db.selectFrom("files").select("id").where("owner_id", "=", ownerId).where("name_key", "=", key),
);

function filesWithDigests(db: Db) {
  return db
    .selectFrom("files")
    .innerJoin("blobs", "blobs.id", "files.blob_id")
    .selectAll("files")
    .select(["blobs.sha256", "blobs.sha1", "blobs.md5"]);
}

type Row = Awaited<ReturnType<ReturnType<typeof filesWithDigests>["executeTakeFirstOrThrow"]>>;

function toFileEntry(row: Row): FileEntry {
  return {
    id: row.id,
    ownerId: row.owner_id,
    name: row.name,
    mediaType: row.media_type,
    size: row.size,
    blobId: row.blob_id,
    digests: toDigests(row),
    version: row.version,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  };
}
