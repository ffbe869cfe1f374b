import { CoreError } from "../../core/errors.ts";
import type { Publication, PublishOutcome } from "../../core/uploads/upload-store.ts";
import { uploaderOf } from "../../core/events/uploader.ts";
import type { Db } from "../schema.ts";
import { adjustHoldings } from "./account-writes.ts";
import { clearOrphans, orphanUnreferenced } from "./blob-references.ts";
import { addDigests, findLiveBlob, insertBlob } from "./blob-writes.ts";
import { placeFile } from "./file-writes.ts";
import type { Placed } from "./file-writes.ts";
import { reopenFolder } from "./node-folders.ts";
import { insertStoredFile } from "./segments.ts";
import { findUploadRow } from "./upload-reads.ts";
import { deleteRanges, updateUpload } from "./upload-ranges.ts";
import { endOf } from "./upload-row.ts";
import type { UploadRow } from "./upload-row.ts";

export async function publishUpload(db: Db, publication: Publication): Promise<PublishOutcome> {
  const { uploadId: id, epoch, now, size } = publication;
  const row = await findUploadRow(db, id);
  if (row === undefined) throw new CoreError("upload-not-found", { id });
  if (row.epoch !== epoch || row.state !== "completing") throw new CoreError("superseded", { id });

  const source = await settleBlob(db, publication);
  if (source === undefined) return { kind: "bytes-needed" };
  const placed =
    row.purpose === "file" ? await place(db, { row, blobId: source.blobId, publication }) : null;
  await settleQuota(db, { row, size, placed });
  if (placed) await orphanUnreferenced(db, { blobIds: placed.releasedBlobs, now });
  await deleteRanges(db, id);
  const upload = await updateUpload(db, {
    row,
    changes: {
      ...endOf({ state: "complete", now }),
      epoch: epoch + 1,
      size,
      offset: size,
      received_bytes: size,
      // A partial goes on holding its bytes until a file takes them over, or it is purged.
      reserved_bytes: placed === null ? size : 0,
      blob_id: source.blobId,
      file_id: placed?.fileId ?? null,
    },
  });
  return { kind: "published", upload, usedNewBytes: source.usedNewBytes };
}

/** The blob of this content: the one there is, or a new one over the new bytes. Undefined when there is neither. */
async function settleBlob(
  db: Db,
  publication: Publication,
): Promise<{ blobId: string; usedNewBytes: boolean } | undefined> {
  const { digests, size, blobId, storedName: stored, now } = publication;
  const equal = await findLiveBlob(db, digests.sha256);
  if (equal !== undefined) {
    await clearOrphans(db, [equal.id]);
    await addDigests(db, { blobId: equal.id, digests });
    // The new bytes are linked but not needed: the sweep finds the tombstone and unlinks them.
    if (stored !== null)
      await insertStoredFile(db, { stored, kind: "blob", length: size, now, tombstone: true });
    return { blobId: equal.id, usedNewBytes: false };
  }
  if (stored === null) return undefined;
  await insertStoredFile(db, { stored, kind: "blob", length: size, now });
  const manifest = [{ stored, kind: "blob" as const, offset: 0, length: size }];
  await insertBlob(db, { id: blobId, size, digests, manifest, now });
  return { blobId, usedNewBytes: true };
}

async function place(
  db: Db,
  { row, blobId, publication }: { row: UploadRow; blobId: string; publication: Publication },
): Promise<Placed> {
  const folder = await reopenFolder(db, { id: row.parent_id, ownerId: row.owner_id });
  return await placeFile(db, {
    fileId: publication.fileId,
    ownerId: folder.ownerId,
    parentId: folder.id,
    name: row.name,
    mediaType: row.media_type,
    size: publication.size,
    blobId,
    onConflict: row.on_conflict,
    actor: uploaderOf(row.owner_id),
    now: publication.now,
  });
}

async function settleQuota(
  db: Db,
  { row, size, placed }: { row: UploadRow; size: number; placed: Placed | null },
): Promise<void> {
  const isFile = placed !== null;
  await adjustHoldings(db, {
    ownerId: row.owner_id,
    used: isFile ? placed.addedBytes : 0,
    reserved: (isFile ? 0 : size) - row.reserved_bytes,
    open: -1,
  });
}
