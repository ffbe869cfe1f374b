import { uploadCreated } from "../../core/events/upload-events.ts";
import type { NewUpload } from "../../core/uploads/upload-store.ts";
import type { Upload } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import { adjustHoldings } from "./account-writes.ts";
import { insertRows } from "./bulk.ts";
import { recordEvents } from "./event-writes.ts";
import { newUploadRow, toUpload } from "./upload-row.ts";

export async function createUpload(
  db: Db,
  { upload, maxOpenUploads }: { upload: NewUpload; maxOpenUploads: number },
): Promise<{ upload: Upload; created: boolean }> {
  const row = newUploadRow(upload);
  if (row.resume_slot !== null) {
    const open = await findBySlot(db, { ownerId: row.owner_id, slot: row.resume_slot });
    if (open !== undefined) return { upload: open, created: false };
  }
  await adjustHoldings(db, {
    ownerId: row.owner_id,
    reserved: row.reserved_bytes,
    open: 1,
    maxOpenUploads,
  });
  await insertRows(db, { into: "uploads", rows: [row] });
  const created = toUpload(row);
  await recordEvents(db, [uploadCreated(created, { actor: upload.actor, at: row.created_at })]);
  return { upload: created, created: true };
}

async function findBySlot(
  db: Db,
  { ownerId, slot }: { ownerId: string; slot: string },
): Promise<Upload | undefined> {
  const row = await db
    .selectFrom("uploads")
    .selectAll()
    .where("owner_id", "=", ownerId)
    .where("resume_slot", "=", slot)
    .executeTakeFirst();
  return row && toUpload(row);
}
