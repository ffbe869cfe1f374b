import { CoreError } from "../../core/errors.ts";
import type { Actor } from "../../core/events.ts";
import { uploadCompleted } from "../../core/events/upload-events.ts";
import type { Publication, PublishOutcome } from "../../core/uploads/upload-store.ts";
import type { Upload } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import { clearOrphans, orphanUnreferenced } from "./blob-references.ts";
import { addDigests, findLiveBlob, insertBlob } from "./blob-writes.ts";
import { recordEvents } from "./event-writes.ts";
import { placeFile } from "./file-writes.ts";
import type { Placed } from "./file-writes.ts";
import { reopenFolderFor } from "./node-folders.ts";
import { insertStoredFile } from "./segments.ts";
import { recordShareUpload } from "./share-writes.ts";
import { settleCharges } from "./upload-charges.ts";
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
  const { blobId, usedNewBytes } = source;
  const { fileId, actor } = publication;
  const upload = await finishUpload(db, { row, blobId, size, fileId, actor, now });
  return { kind: "published", upload, usedNewBytes };
}

export interface Finish {
  readonly row: UploadRow;
  /** A blob that lives, with no orphan's mark. */
  readonly blobId: string;
  readonly size: number;
  readonly fileId: string;
  readonly actor: Actor;
  /** Without its bytes having been sent. */
  readonly instant?: boolean;
  readonly now: number;
}

/** The upload becomes complete, and a file if it is to be one. Throws `name-taken`, `quota-exceeded`, `superseded`. */
export async function finishUpload(db: Db, finish: Finish): Promise<Upload> {
  const { row, blobId, size, actor, instant = false, now } = finish;
  const placed = row.purpose === "file" ? await place(db, finish) : null;
  // A partial goes on holding its bytes until a file takes them over, or it is purged.
  const held = placed === null ? size : 0;
  const drive = placed?.ownerId ?? row.owner_id;
  await settleCharges(db, { row, held, drive, used: placed?.addedBytes ?? 0 });
  if (placed) await orphanUnreferenced(db, { blobIds: placed.releasedBlobs, now });
  await deleteRanges(db, row.id);
  const upload = await updateUpload(db, {
    row,
    changes: {
      ...endOf({ state: "complete", now }),
      epoch: row.epoch + 1,
      size,
      offset: size,
      received_bytes: size,
      reserved_bytes: held,
      blob_id: blobId,
      file_id: placed?.fileId ?? null,
    },
  });
  const fact = placed && {
    parentId: row.parent_id,
    name: placed.name,
    replaced: placed.fileId !== finish.fileId,
  };
  await recordEvents(db, [uploadCompleted(upload, { placed: fact, instant, actor, at: now })]);
  if (row.share_id !== null && placed)
    await recordShareUpload(db, {
      id: row.share_id,
      data: { name: placed.name, size },
      actor,
      now,
    });
  return upload;
}

/** The blob of this content: the one there is, or a new one over the new bytes. Undefined when there is neither. */
async function settleBlob(
  db: Db,
  publication: Publication,
): Promise<{ blobId: string; usedNewBytes: boolean } | undefined> {
  const { digests, size, blobId, now } = publication;
  const equal = await findLiveBlob(db, digests.sha256);
  if (equal !== undefined) {
    await clearOrphans(db, [equal.id]);
    await addDigests(db, { blobId: equal.id, digests });
    // The new bytes are linked but not needed: the sweep finds the tombstone and unlinks them.
    for (const file of storedFiles(publication))
      await insertStoredFile(db, { ...file, kind: "blob", now, tombstone: true });
    return { blobId: equal.id, usedNewBytes: false };
  }
  const files = storedFiles(publication);
  if (files.length === 0) return undefined;
  for (const file of files) await insertStoredFile(db, { ...file, kind: "blob", now });
  const manifest = publication.assembled?.segments ?? [
    { stored: files[0]!.stored, kind: "blob" as const, offset: 0, length: size },
  ];
  await insertBlob(db, { id: blobId, size, digests, manifest, now });
  return { blobId, usedNewBytes: true };
}

/** The new stored files that the caller has linked. */
function storedFiles({ storedName, assembled, size }: Publication) {
  if (assembled)
    return [...assembled.storedLengths].map(([stored, length]) => ({ stored, length }));
  return storedName === null ? [] : [{ stored: storedName, length: size }];
}

async function place(
  db: Db,
  { row, blobId, size, fileId, actor, now }: Finish,
): Promise<Placed & { readonly ownerId: string }> {
  const adder = { accountId: row.owner_id, shareId: row.share_id };
  const folder = await reopenFolderFor(db, { id: row.parent_id, adder, now });
  const placed = await placeFile(db, {
    fileId,
    ownerId: folder.ownerId,
    parentId: folder.id,
    name: row.name,
    mediaType: row.media_type,
    size,
    blobId,
    onConflict: row.on_conflict,
    actor,
    // The end of the upload is told to its owner; the folder's hears of the file.
    isNews: folder.ownerId !== row.owner_id,
    now,
  });
  return { ...placed, ownerId: folder.ownerId };
}
