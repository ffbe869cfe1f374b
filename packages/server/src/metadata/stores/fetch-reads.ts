import type { Fetch, FetchFailure } from "../../core/fetches/fetch.ts";
import type { Db } from "../schema.ts";
import { formatCursor, parseCursor } from "./cursor.ts";

/** With what its upload holds by now. */
function selectFetches(db: Db) {
  return db
    .selectFrom("fetches")
    .leftJoin("uploads", "uploads.id", "fetches.upload_id")
    .selectAll("fetches")
    .select("uploads.received_bytes as held_bytes");
}

type Row = Awaited<ReturnType<ReturnType<typeof selectFetches>["execute"]>>[number];

export async function findFetch(db: Db, id: string): Promise<Fetch | undefined> {
  const row = await selectFetches(db).where("fetches.id", "=", id).executeTakeFirst();
  return row && toFetch(row);
}

export async function listFetches(
  db: Db,
  { ownerId, limit, cursor }: { ownerId: string; limit: number; cursor?: string },
): Promise<{ items: Fetch[]; nextCursor: string | null }> {
  let query = selectFetches(db).where("fetches.owner_id", "=", ownerId);
  if (cursor !== undefined) {
    const [createdAt, id] = parseCursor(cursor, ["number", "string"]);
    query = query
      .where("fetches.created_at", "<=", createdAt)
      .where((e) => e.or([e("fetches.created_at", "<", createdAt), e("fetches.id", "<", id)]));
  }
  const rows = await query
    .orderBy("fetches.created_at", "desc")
    .orderBy("fetches.id", "desc")
    .limit(limit + 1)
    .execute();
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    items: rows.slice(0, limit).map(toFetch),
    nextCursor: last ? formatCursor([last.created_at, last.id]) : null,
  };
}

function toFetch(row: Row): Fetch {
  return {
    id: row.id,
    ownerId: row.owner_id,
    url: row.url,
    name: row.name,
    parentId: row.parent_id,
    state: row.state,
    run: row.run,
    attempts: row.attempts,
    validator: row.validator,
    uploadId: row.upload_id,
    fileId: row.file_id,
    receivedBytes: row.ended_at === null ? (row.held_bytes ?? 0) : row.received_bytes,
    totalBytes: row.total_bytes,
    failure: row.failure === null ? null : (JSON.parse(row.failure) as FetchFailure),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
