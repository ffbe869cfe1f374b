import { sql } from "kysely";
import { openStates } from "../../core/uploads/upload.ts";
import type { HeldRange, Upload, UploadState } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import { firstRow, prepared } from "./prepared.ts";
import { expiryHour, toUpload } from "./upload-row.ts";
import type { UploadRow } from "./upload-row.ts";

export async function findUpload(db: Db, id: string): Promise<Upload | undefined> {
  const row = await findUploadRow(db, id);
  return row && toUpload(row);
}

export function findUploadRow(db: Db, id: string): Promise<UploadRow | undefined> {
  return firstRow(selectUpload(db, { id }));
}

const selectUpload = prepared((db, { id }: { id: string }) =>
  db.selectFrom("uploads").selectAll().where("id", "=", id),
);

/** A complete upload has no rows left and holds all of its bytes. */
export async function findRanges(db: Db, id: string): Promise<HeldRange[]> {
  const { rows } = await selectRanges(db, { id });
  if (rows.length > 0) return rows.map((row) => ({ ...row }));
  const upload = await findUploadRow(db, id);
  const isWhole = upload?.state === "complete" && upload.received_bytes > 0;
  return isWhole ? [{ start: 0, end: upload.received_bytes, crc32: null }] : [];
}

const selectRanges = prepared((db, { id }: { id: string }) =>
  db
    .selectFrom("upload_ranges")
    .select(["start", "end", "crc32"])
    .where("upload_id", "=", id)
    .orderBy("start"),
);

export async function findUnsettled(db: Db): Promise<Upload[]> {
  const rows = await db
    .selectFrom("uploads")
    .selectAll()
    .where("state", "in", openStates)
    .where((e) => e.or([e("state", "=", "completing"), e("durability", "!=", "strict")]))
    .execute();
  return rows.map(toUpload);
}

export async function findRequestBound(db: Db, { limit }: { limit: number }): Promise<Upload[]> {
  const rows = await db
    .selectFrom("uploads")
    .selectAll()
    .where("request_bound", "=", 1)
    .where("state", "in", ["receiving", "paused"])
    .limit(limit)
    .execute();
  return rows.map(toUpload);
}

export async function findOpenExtents(
  db: Db,
  input: { after: string; limit: number },
): Promise<{ id: string; highestByte: number; reservedBytes: number }[]> {
  const extents = (state: UploadState) =>
    db
      .selectFrom("uploads")
      .select((e) => [
        "id",
        "reserved_bytes as reservedBytes",
        e.fn
          .coalesce(
            e
              .selectFrom("upload_ranges")
              .select("end")
              .whereRef("upload_id", "=", "uploads.id")
              .orderBy("start", "desc")
              .limit(1),
            sql<number>`0`,
          )
          .as("highestByte"),
      ])
      .where("state", "=", state)
      .where("id", ">", input.after);
  const [first, second, third] = openStates;
  return await extents(first)
    .unionAll(extents(second))
    .unionAll(extents(third))
    .orderBy("id")
    .limit(input.limit)
    .execute();
}

export async function findExpired(
  db: Db,
  { now, limit }: { now: number; limit: number },
): Promise<Upload[]> {
  const rows = await db
    .selectFrom("uploads")
    .selectAll()
    .where("expiry_hour", "<=", expiryHour(now))
    .where("expires_at", "<=", now)
    .orderBy("expiry_hour")
    .limit(limit)
    .execute();
  return rows.map(toUpload);
}
