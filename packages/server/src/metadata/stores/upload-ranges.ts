/**
 * Held ranges. Rows of one upload are disjoint and half-open; plain rows never touch each other. `received_bytes` is the sum
 * of their lengths and `offset` the end of the gapless stretch from 0, both kept exact from the neighbours of what arrives.
 */
import type { Updateable } from "kysely";
import { CoreError } from "../../core/errors.ts";
import { contiguousEnd, planStretches } from "../../core/uploads/ranges.ts";
import { isOpen } from "../../core/uploads/upload.ts";
import type { HeldRange, Range, Upload, UploadState } from "../../core/uploads/upload.ts";
import type { Db, UploadsTable } from "../schema.ts";
import { insertRows } from "./bulk.ts";
import { prepared } from "./prepared.ts";
import { advance, mergeRange } from "./range-merge.ts";
import type { RangeMerge } from "./range-merge.ts";
import { prolongMain } from "./upload-annex.ts";
import { adjustUpload } from "./upload-charges.ts";
import { findRanges, findUploadRow } from "./upload-reads.ts";
import { expiryHour, toUpload } from "./upload-row.ts";
import type { UploadRow } from "./upload-row.ts";

export interface RecordRanges {
  readonly id: string;
  readonly epoch: number;
  readonly ranges: HeldRange[];
  readonly size?: number;
  readonly thenComplete?: boolean;
  readonly now: number;
  readonly expiresAt: number;
}

/** The hot path: one row read, one neighbour query and one write a range, one UPDATE. */
export async function recordRanges(db: Db, input: RecordRanges): Promise<Upload> {
  const { id, epoch, now, expiresAt } = input;
  const row = await findUploadRow(db, id);
  if (row === undefined) throw new CoreError("upload-not-found", { id });
  if (row.epoch !== epoch || row.state !== "receiving") throw new CoreError("superseded", { id });

  let { received_bytes, offset } = row;
  for (const range of input.ranges) {
    if (range.start >= range.end) continue;
    // The end was declared after this writer had begun: what it brings past it is of an earlier understanding.
    if (row.size !== null && range.end > row.size) throw new CoreError("superseded", { id });
    const merge = await addRange(db, { uploadId: id, range });
    received_bytes += merge.added;
    offset = await advanceOffset(db, { uploadId: id, offset, range, merge });
  }
  const sized = await sizeAndReserve(db, {
    row,
    received: received_bytes,
    ...(input.size !== undefined && { size: input.size }),
  });
  const changes: Updateable<UploadsTable> = {
    received_bytes,
    offset,
    updated_at: now,
    expires_at: expiresAt,
    ...sized,
  };
  if (row.annex_of !== null) await prolongMain(db, { id: row.annex_of, now, expiresAt });
  else if (expiryHour(expiresAt) !== row.expiry_hour) changes.expiry_hour = expiryHour(expiresAt);
  if (input.thenComplete === true && (sized.size ?? row.size) === received_bytes) {
    Object.assign(changes, { state: "completing", epoch: epoch + 1 });
  }
  return await updateUpload(db, { row, changes });
}

/** Compare-and-set on state and epoch; throws `superseded`. */
export async function updateUpload(
  db: Db,
  { row, changes }: { row: UploadRow; changes: Updateable<UploadsTable> },
): Promise<Upload> {
  const columns = Object.keys(changes) as (keyof UploadRow)[];
  const { id, epoch, state } = row;
  const values = { ...changes, current_id: id, current_epoch: epoch, current_state: state };
  const { numAffectedRows } = await updateOf(columns)(db, values);
  if (numAffectedRows !== 1n) throw new CoreError("superseded", { id: row.id });
  return toUpload({ ...row, ...(changes as Partial<UploadRow>) });
}

type UploadUpdate = Updateable<UploadsTable> & {
  readonly current_id: string;
  readonly current_epoch: number;
  readonly current_state: UploadState;
};

const updates = new Map<string, ReturnType<typeof prepareUpdate>>();

/** There are few sets of columns that change together, so each is built once. */
function updateOf(columns: readonly (keyof UploadRow)[]): ReturnType<typeof prepareUpdate> {
  const key = columns.join(" ");
  let update = updates.get(key);
  if (update === undefined) updates.set(key, (update = prepareUpdate(columns)));
  return update;
}

function prepareUpdate(columns: readonly (keyof UploadRow)[]) {
  return prepared((db, input: UploadUpdate) =>
    db
      .updateTable("uploads")
      .set(Object.fromEntries(columns.map((column) => [column, input[column]])))
      .where("id", "=", input.current_id)
      .where("epoch", "=", input.current_epoch)
      .where("state", "=", input.current_state),
  );
}

/**
 * Fixes a size that was not known, if one is given, and makes the reservation fit: the size, or the bytes held while there is none.
 * Throws `quota-exceeded`, and `invalid-request` for a size that contradicts what is known.
 */
export async function sizeAndReserve(
  db: Db,
  { row, size, received }: { row: UploadRow; size?: number; received: number },
): Promise<{ size?: number; reserved_bytes?: number }> {
  const isNew = size !== undefined && row.size === null;
  if (size !== undefined && row.size !== null && size !== row.size) {
    throw new CoreError("invalid-request", {
      field: "size",
      reason: `declared before as ${row.size}`,
    });
  }
  if (isNew && (await highestByte(db, row.id)) > size) {
    throw new CoreError("invalid-request", { field: "size", reason: "less than what is held" });
  }
  const known = isNew ? size : row.size;
  const reserved_bytes = known ?? received;
  const changes = isNew ? { size } : {};
  if (reserved_bytes === row.reserved_bytes) return changes;
  await adjustUpload(db, { row, holdings: { reserved: reserved_bytes - row.reserved_bytes } });
  return { ...changes, reserved_bytes };
}

export async function dropRanges(
  db: Db,
  { id, keep, now }: { id: string; keep: HeldRange[]; now: number },
): Promise<Upload> {
  const row = await findUploadRow(db, id);
  if (row === undefined) throw new CoreError("upload-not-found", { id });
  if (!isOpen(toUpload(row))) throw new CoreError("superseded", { id });
  const kept = keep
    .filter((range) => range.start < range.end)
    .toSorted((a, b) => a.start - b.start);
  await deleteRanges(db, id);
  await insertRows(db, {
    into: "upload_ranges",
    rows: kept.map((range) => ({ upload_id: id, ...range })),
  });
  const received_bytes = kept.reduce((sum, range) => sum + range.end - range.start, 0);
  const reserved = await sizeAndReserve(db, { row, received: received_bytes });
  const changes = {
    received_bytes,
    offset: contiguousEnd(kept),
    epoch: row.epoch + 1,
    updated_at: now,
    ...reserved,
  };
  return await updateUpload(db, { row, changes });
}

export async function dropRange(
  db: Db,
  { id, range, now }: { id: string; range: Range; now: number },
): Promise<Upload> {
  const keep = (await findRanges(db, id)).flatMap((held) => without(held, range));
  return await dropRanges(db, { id, keep, now });
}

/** What is left of a held range outside of another. One with a CRC is whole or nothing, because the CRC is of the whole. */
function without(held: HeldRange, { start, end }: Range): HeldRange[] {
  if (held.end <= start || held.start >= end) return [held];
  if (held.crc32 !== null) return [];
  return planStretches([{ start, end }], held)
    .filter((stretch) => !stretch.held)
    .map((stretch) => ({ start: stretch.start, end: stretch.end, crc32: null }));
}

export async function deleteRanges(db: Db, uploadId: string): Promise<void> {
  await deleteAllRanges(db, { uploadId });
}

const deleteAllRanges = prepared((db, { uploadId }: { uploadId: string }) =>
  db.deleteFrom("upload_ranges").where("upload_id", "=", uploadId),
);

async function addRange(
  db: Db,
  { uploadId, range }: { uploadId: string; range: HeldRange },
): Promise<RangeMerge> {
  const merge = mergeRange(await touchingRows(db, { uploadId, range }), range);
  for (const start of merge.swallowed) await deleteRange(db, { uploadId, start });
  for (const { start, end } of merge.stretched) await stretchRange(db, { uploadId, start, end });
  const rows = merge.inserted.map(({ start, end, crc32 }) => ({
    upload_id: uploadId,
    start,
    end,
    crc32,
  }));
  await insertRows(db, { into: "upload_ranges", rows });
  return merge;
}

const deleteRange = prepared((db, { uploadId, start }: { uploadId: string; start: number }) =>
  db.deleteFrom("upload_ranges").where("upload_id", "=", uploadId).where("start", "=", start),
);

const stretchRange = prepared((db, { uploadId, start, end }: Range & { uploadId: string }) =>
  db
    .updateTable("upload_ranges")
    .set({ end })
    .where("upload_id", "=", uploadId)
    .where("start", "=", start),
);

async function touchingRows(
  db: Db,
  { uploadId, range }: { uploadId: string; range: HeldRange },
): Promise<HeldRange[]> {
  const { rows } = await selectNeighbours(db, { uploadId, start: range.start, end: range.end });
  return rows.filter((row) => row.end >= range.start);
}

/** Rows are disjoint, so only the last one that starts before the range can reach into it from the left. */
const selectNeighbours = prepared((db, { uploadId, start, end }: Range & { uploadId: string }) =>
  db
    .selectFrom("upload_ranges")
    .select(["start", "end", "crc32"])
    .where("upload_id", "=", uploadId)
    .where("start", "<=", end)
    .where("start", ">=", (e) =>
      e.fn.coalesce(
        e
          .selectFrom("upload_ranges as before")
          .select((b) => b.fn.max("before.start").as("start"))
          .where("before.upload_id", "=", uploadId)
          .where("before.start", "<", start),
        e.val(start),
      ),
    )
    .orderBy("start"),
);

/** Rows that begin where the touched ones end are beyond the neighbour query; only rows with a CRC line up like that. */
async function advanceOffset(
  db: Db,
  {
    uploadId,
    offset,
    range,
    merge,
  }: { uploadId: string; offset: number; range: HeldRange; merge: RangeMerge },
): Promise<number> {
  let end = advance(offset, merge.rows);
  if (end === offset || end <= range.end) return end;
  for (;;) {
    const rows = await db
      .selectFrom("upload_ranges")
      .select(["start", "end"])
      .where("upload_id", "=", uploadId)
      .where("start", ">=", end)
      .orderBy("start")
      .limit(256)
      .execute();
    const next = advance(end, rows);
    const isThrough = rows.length < 256 || next !== rows.at(-1)!.end;
    end = next;
    if (isThrough) return end;
  }
}

async function highestByte(db: Db, uploadId: string): Promise<number> {
  const row = await db
    .selectFrom("upload_ranges")
    .select("end")
    .where("upload_id", "=", uploadId)
    .orderBy("start", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.end ?? 0;
}
