import { uploadCreated } from "../../core/events/upload-events.ts";
import type { NewUpload } from "../../core/uploads/upload-store.ts";
import type { Upload } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import { adjustHoldings } from "./account-writes.ts";
import { insertRows } from "./bulk.ts";
import { makePath, openFolder } from "./node-folders.ts";
import { recordEvents } from "./event-writes.ts";
import { assertMainReceives, findAnnexes } from "./upload-annex.ts";
import { newUploadRow, toUpload, type UploadRow } from "./upload-row.ts";

export async function createUpload(
  db: Db,
  {
    upload,
    maxOpenUploads,
    folders = [],
  }: { upload: NewUpload; maxOpenUploads: number; folders?: readonly string[] },
): Promise<{ upload: Upload; created: boolean }> {
  const parentId = await findPlace(db, { upload, folders });
  const row = newUploadRow({ ...upload, parentId });
  if (row.resume_slot !== null) {
    const open = await findBySlot(db, { ownerId: row.owner_id, slot: row.resume_slot });
    if (open !== undefined) return { upload: open, created: false };
  }
  if (row.annex_of !== null) return await createAnnex(db, row);
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

/** Holds what it receives, and is nobody's news: to its owner there is one upload. */
async function createAnnex(db: Db, row: UploadRow): Promise<{ upload: Upload; created: boolean }> {
  const mainId = row.annex_of ?? "";
  const open = (await findAnnexes(db, [mainId])).get(mainId);
  if (open) return { upload: open, created: false };
  await assertMainReceives(db, mainId);
  await insertRows(db, { into: "uploads", rows: [row] });
  return { upload: toUpload(row), created: true };
}

/** The folder that is to receive the file. What becomes no file by itself goes nowhere. */
async function findPlace(
  db: Db,
  { upload, folders }: { upload: NewUpload; folders: readonly string[] },
): Promise<string> {
  const { ownerId, parentId, purpose, actor, createdAt: now } = upload;
  if (purpose !== "file") return parentId;
  const parent = await openFolder(db, { id: parentId, ownerId });
  if (folders.length === 0) return parent.id;
  const made = await makePath(db, { parent, names: folders, actor, now });
  return made.id;
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
