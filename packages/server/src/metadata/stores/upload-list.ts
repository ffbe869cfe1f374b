/** Uploads in pages, newest first, by the index of their owner and state, or of their state alone. */
import { nameKey } from "../../core/drive/name-key.ts";
import type { ListUploads, UploadPage } from "../../core/uploads/upload-store.ts";
import { openStates } from "../../core/uploads/upload.ts";
import type { UploadState } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import { formatCursor, parseCursor } from "./cursor.ts";
import { toUpload } from "./upload-row.ts";
import type { UploadRow } from "./upload-row.ts";

/** A filter that nothing matches must not read on through everything: the page ends, and the next one goes on. */
const maxExamined = 4_000;
const leastBatch = 250;

interface Position {
  readonly createdAt: number;
  readonly id: string;
}

export async function listUploads(db: Db, input: ListUploads): Promise<UploadPage> {
  const { states = openStates, limit, cursor } = input;
  if (states.length === 0) return { items: [], nextCursor: null };
  const isWanted = createFilter(input);
  const found: UploadRow[] = [];
  let after = cursor === undefined ? undefined : parsePosition(cursor);
  let examined = 0;
  for (;;) {
    const size = isFiltering(input) ? Math.max(leastBatch, limit + 1) : limit + 1;
    const rows = await readBatch(db, { ...input, states, after, size });
    for (const row of rows) {
      if (found.length === limit) return pageOf(found, after);
      if (isWanted(row)) found.push(row);
      after = positionOf(row);
    }
    examined += rows.length;
    if (rows.length < size) return pageOf(found, undefined);
    if (examined >= maxExamined) return pageOf(found, after);
  }
}

function pageOf(rows: readonly UploadRow[], next: Position | undefined): UploadPage {
  const nextCursor = next === undefined ? null : formatCursor([next.createdAt, next.id]);
  return { items: rows.map(toUpload), nextCursor };
}

function positionOf(row: UploadRow): Position {
  return { createdAt: row.created_at, id: row.id };
}

function parsePosition(cursor: string): Position {
  const [createdAt, id] = parseCursor(cursor, ["number", "string"]);
  return { createdAt, id };
}

function isFiltering({ dialect, name }: ListUploads): boolean {
  return dialect !== undefined || name !== undefined;
}

/** What no index knows. Names are compared here, because databases differ in what they take for the same letter. */
function createFilter({ dialect, name }: ListUploads): (row: UploadRow) => boolean {
  const wanted = name === undefined ? undefined : nameKey(name);
  return (row) =>
    row.purpose !== "annex" &&
    (dialect === undefined || row.dialect === dialect) &&
    (wanted === undefined || nameKey(row.name).includes(wanted));
}

interface Batch extends ListUploads {
  readonly states: readonly UploadState[];
  readonly after: Position | undefined;
  readonly size: number;
}

/** One statement, so one moment; a branch a state, so that each comes in order from the index and is merged, not sorted. */
async function readBatch(db: Db, batch: Batch): Promise<UploadRow[]> {
  const [first, ...others] = [...new Set(batch.states)];
  if (first === undefined) return [];
  let query = uploadsOf(db, { ...batch, state: first });
  for (const state of others) query = query.unionAll(uploadsOf(db, { ...batch, state }));
  return await query
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(batch.size)
    .execute();
}

function uploadsOf(
  db: Db,
  { ownerId, state, from, to, after }: Batch & { readonly state: UploadState },
) {
  let query = db.selectFrom("uploads").selectAll().where("state", "=", state);
  if (ownerId !== null) query = query.where("owner_id", "=", ownerId);
  if (from !== undefined) query = query.where("created_at", ">=", from);
  if (to !== undefined) query = query.where("created_at", "<", to);
  if (after === undefined) return query;
  const { createdAt, id } = after;
  return query
    .where("created_at", "<=", createdAt)
    .where((e) => e.or([e("created_at", "<", createdAt), e("id", "<", id)]));
}
