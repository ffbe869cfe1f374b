import { uploadCreated } from "../../core/events/upload-events.ts";
import { CoreError } from "../../core/errors.ts";
import type { NewUpload } from "../../core/uploads/upload-store.ts";
import type { Upload } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import { insertRows } from "./bulk.ts";
import type { FolderState } from "./folder-state.ts";
import { makePath, openFolderFor } from "./node-folders.ts";
import { recordEvents } from "./event-writes.ts";
import { findShare } from "./share-reads.ts";
import { takeShareBytes } from "./share-writes.ts";
import { adjustUpload } from "./upload-charges.ts";
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
  const { id: parentId, ownerId: chargedId } = await findPlace(db, { upload, folders });
  const row = newUploadRow({ ...upload, parentId, chargedId });
  if (row.resume_slot !== null) {
    const open = await findBySlot(db, { ownerId: row.owner_id, slot: row.resume_slot });
    if (open !== undefined) return { upload: open, created: false };
  }
  if (row.annex_of !== null) return await createAnnex(db, row);
  if (upload.through !== undefined) await admitVisitor(db, { upload, through: upload.through });
  const holdings = { reserved: row.reserved_bytes, open: 1, maxOpenUploads };
  await adjustUpload(db, { row, holdings });
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
): Promise<Pick<FolderState, "id" | "ownerId">> {
  const { ownerId, parentId, purpose, actor, through, createdAt: now } = upload;
  if (purpose !== "file") return { id: parentId, ownerId };
  const adder = { accountId: ownerId, shareId: through?.shareId ?? null };
  const parent = await openFolderFor(db, { id: parentId, adder, now });
  if (folders.length === 0) return parent;
  return await makePath(db, { parent, names: folders, actor, now });
}

/** What all visitors of a request hold open, and what they may send, is counted with the upload. */
async function admitVisitor(
  db: Db,
  { upload, through }: { upload: NewUpload; through: NonNullable<NewUpload["through"]> },
): Promise<void> {
  const { shareId, passwordVersion, maxOpenUploads: limit } = through;
  const { open } = await db
    .selectFrom("uploads")
    .select((e) => e.fn.countAll<number>().as("open"))
    .where("share_id", "=", shareId)
    .where("ended_at", "is", null)
    .executeTakeFirstOrThrow();
  if (open >= limit) throw new CoreError("too-many-uploads", { limit });
  const { size, createdAt: now } = upload;
  if (size === null) throw new CoreError("invalid-request", { field: "size", reason: "is needed" });
  const taken = await takeShareBytes(db, { id: shareId, passwordVersion, bytes: size, now });
  if (taken === "gone") throw new CoreError("shared-link-not-found", {});
  if (taken === "taken") return;
  const share = await findShare(db, shareId);
  const limitBytes = share?.kind === "request" ? share.maxBytes : null;
  throw new CoreError("request-full", { limitBytes });
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
