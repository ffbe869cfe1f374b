/** Annexes: beside an upload, for bytes of it that have no place of their own there. */
import { CoreError } from "../../core/errors.ts";
import { assertReceiving, openStates, type Upload } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import { inLists } from "./bulk.ts";
import { findUploadRow } from "./upload-reads.ts";
import { expiryHour, toUpload } from "./upload-row.ts";

/** The open annexes of uploads, by the uploads' ids. */
export async function findAnnexes(
  db: Db,
  mainIds: readonly string[],
): Promise<Map<string, Upload>> {
  const rows = await inLists([...mainIds], (list) =>
    db.selectFrom("uploads").selectAll().where("annex_of", "in", list).execute(),
  );
  return new Map(rows.map((row) => [row.annex_of ?? "", toUpload(row)]));
}

/** Annexes whose upload has ended, or is gone. */
export async function findStrayAnnexes(db: Db, { limit }: { limit: number }): Promise<Upload[]> {
  const rows = await db
    .selectFrom("uploads")
    .selectAll("uploads")
    .where("uploads.annex_of", ">", "")
    .where((e) =>
      e.not(
        e.exists(
          e
            .selectFrom("uploads as main")
            .select("main.id")
            .whereRef("main.id", "=", "uploads.annex_of")
            .where("main.state", "in", openStates),
        ),
      ),
    )
    .limit(limit)
    .execute();
  return rows.map(toUpload);
}

/** Throws what a request that brings bytes of the main upload must hear. */
export async function assertMainReceives(db: Db, id: string): Promise<void> {
  const row = await findUploadRow(db, id);
  if (row === undefined) throw new CoreError("upload-not-found", { id });
  assertReceiving(toUpload(row));
}

/** Bytes that came to the annex have come to the upload, which lives on for them. */
export async function prolongMain(
  db: Db,
  { id, now, expiresAt }: { id: string; now: number; expiresAt: number },
): Promise<void> {
  await assertMainReceives(db, id);
  await db
    .updateTable("uploads")
    .set({ updated_at: now, expires_at: expiresAt, expiry_hour: expiryHour(expiresAt) })
    .where("id", "=", id)
    .execute();
}
