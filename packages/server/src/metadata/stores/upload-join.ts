import { CoreError } from "../../core/errors.ts";
import type { ManifestSegment } from "../../core/blobs/manifest.ts";
import { uploadCompleted } from "../../core/events/upload-events.ts";
import { newId } from "../../core/ids.ts";
import type { NewUpload } from "../../core/uploads/upload-store.ts";
import { isOpen } from "../../core/uploads/upload.ts";
import type { Upload } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import { findManifest } from "./blob-reads.ts";
import { orphanUnreferenced } from "./blob-references.ts";
import { insertBlob } from "./blob-writes.ts";
import { inLists, insertRows } from "./bulk.ts";
import { recordEvents } from "./event-writes.ts";
import { placeFile } from "./file-writes.ts";
import { enqueueJob } from "./job-writes.ts";
import { makePath, openFolderFor } from "./node-folders.ts";
import { chargeAll } from "./upload-charges.ts";
import { endOf, newUploadRow, toUpload } from "./upload-row.ts";
import type { UploadRow } from "./upload-row.ts";

export interface Join {
  readonly upload: NewUpload;
  readonly partialIds: string[];
  readonly folders?: readonly string[];
  readonly blobId: string;
  readonly fileId: string;
  readonly now: number;
}

export async function joinUploads(
  db: Db,
  { upload, partialIds, folders = [], blobId, fileId, now }: Join,
): Promise<Upload> {
  const partials = await findPartials(db, { ownerId: upload.ownerId, partialIds });
  const manifest: ManifestSegment[] = [];
  for (const partial of partials) manifest.push(...(await findManifest(db, partial.blob_id!)));
  const size = partials.reduce((sum, partial) => sum + partial.received_bytes, 0);
  await insertBlob(db, { id: blobId, size, digests: {}, manifest, now });

  const { ownerId, name, mediaType, onConflict } = upload;
  const adder = { accountId: ownerId, shareId: null };
  const parent = await openFolderFor(db, { id: upload.parentId, adder, now });
  const folder = await makePath(db, { parent, names: folders, actor: upload.actor, now });
  const placed = await placeFile(db, {
    fileId,
    ownerId: folder.ownerId,
    parentId: folder.id,
    name,
    mediaType,
    size,
    blobId,
    onConflict,
    actor: upload.actor,
    isNews: folder.ownerId !== ownerId,
    now,
  });
  const released = await takeReservations(db, { partials, now });
  await chargeAll(db, {
    asker: ownerId,
    changes: [
      { ownerId, reserved: -released },
      { ownerId: folder.ownerId, used: placed.addedBytes },
    ],
  });
  await orphanUnreferenced(db, { blobIds: placed.releasedBlobs, now });
  await enqueueJob(db, {
    id: newId(now),
    kind: "identify-blob",
    payload: JSON.stringify({ blobId }),
    key: `identify-blob:${blobId}`,
    runAt: now,
  });
  const row: UploadRow = {
    ...newUploadRow({ ...upload, parentId: folder.id, chargedId: ownerId, size }),
    ...endOf({ state: "complete", now }),
    offset: size,
    received_bytes: size,
    reserved_bytes: 0,
    blob_id: blobId,
    file_id: placed.fileId,
  };
  await insertRows(db, { into: "uploads", rows: [row] });
  const joined = toUpload(row);
  const fact = { parentId: folder.id, name: placed.name, replaced: placed.fileId !== fileId };
  await recordEvents(db, [uploadCompleted(joined, { placed: fact, actor: upload.actor, at: now })]);
  return joined;
}

/** In the order asked for; one named twice comes twice. */
async function findPartials(
  db: Db,
  { ownerId, partialIds }: { ownerId: string; partialIds: readonly string[] },
): Promise<UploadRow[]> {
  if (partialIds.length === 0) {
    throw new CoreError("invalid-request", { field: "partialIds", reason: "names no partial" });
  }
  const rows = await inLists([...new Set(partialIds)], (list) =>
    db.selectFrom("uploads").selectAll().where("id", "in", list).execute(),
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return partialIds.map((id) => {
    const row = byId.get(id);
    // Another owner's partial is answered as an unknown one.
    if (row === undefined || row.owner_id !== ownerId || row.purpose !== "partial") {
      throw new CoreError("upload-not-found", { id });
    }
    if (isOpen(toUpload(row))) {
      throw new CoreError("upload-incomplete", {
        missing: [],
        receivedBytes: row.received_bytes,
        sizeBytes: row.size,
      });
    }
    if (row.state !== "complete") throw new CoreError("upload-not-found", { id });
    return row;
  });
}

/** The file now accounts for the bytes that the partials reserved. */
async function takeReservations(
  db: Db,
  { partials, now }: { partials: UploadRow[]; now: number },
): Promise<number> {
  const reserving = new Map(
    partials.filter((row) => row.reserved_bytes > 0).map((row) => [row.id, row.reserved_bytes]),
  );
  await inLists([...reserving.keys()], (list) =>
    db
      .updateTable("uploads")
      .set({ reserved_bytes: 0, updated_at: now })
      .where("id", "in", list)
      .execute(),
  );
  return reserving.values().reduce((sum, bytes) => sum + bytes, 0);
}
