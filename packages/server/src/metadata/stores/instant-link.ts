import type { FileEntry } from "../../core/drive/file-store.ts";
import { fileStored } from "../../core/events/upload-events.ts";
import { CoreError } from "../../core/errors.ts";
import type { LinkOutcome, LinkOwnFile, LinkUpload } from "../../core/uploads/instant-store.ts";
import { assertReceiving } from "../../core/uploads/upload.ts";
import { openFolder } from "./node-folders.ts";
import type { Db } from "../schema.ts";
import { adjustHoldings } from "./account-writes.ts";
import { findBlobsBySha256 } from "./blob-reads.ts";
import { clearOrphans, orphanUnreferenced } from "./blob-references.ts";
import { recordEvents } from "./event-writes.ts";
import { findFile } from "./file-reads.ts";
import { placeFile } from "./file-writes.ts";
import { forgetAttempts } from "./instant-writes.ts";
import { findOwnBlob, isAsNamed, isHeldBy } from "./own-content.ts";
import { finishUpload } from "./upload-publish.ts";
import { findUploadRow } from "./upload-reads.ts";
import { toUpload } from "./upload-row.ts";

/**
 * What was proven may have been swept since: the blob is looked up again here, where collection cannot come in between. A row that is
 * found has its bytes.
 */
export async function linkUpload(db: Db, input: LinkUpload): Promise<LinkOutcome> {
  const { uploadId: id, sha256, size, ownOnly, fileId, actor, now } = input;
  const row = await findUploadRow(db, id);
  if (row === undefined) throw new CoreError("upload-not-found", { id });
  const upload = toUpload(row);
  assertReceiving(upload);
  const { ownerId, claimed } = upload;
  const blob = (await findBlobsBySha256(db, [sha256])).get(sha256);
  const isMeant =
    blob !== undefined && upload.size === size && isAsNamed(blob, { digests: claimed, size });
  if (!isMeant || (ownOnly && !(await isHeldBy(db, { ownerId, blobId: blob.id }))))
    return { kind: "bytes-needed" };
  await clearOrphans(db, [blob.id]);
  const linked = await finishUpload(db, {
    row,
    blobId: blob.id,
    size,
    fileId,
    actor,
    instant: true,
    now,
  });
  await forgetAttempts(db, { ownerId, sha256 });
  return { kind: "linked", upload: linked };
}

export async function linkOwnFile(db: Db, input: LinkOwnFile): Promise<FileEntry | undefined> {
  const { ownerId, name, mediaType, onConflict, now } = input;
  const blob = await findOwnBlob(db, input);
  if (blob === undefined) return undefined;
  const { id: blobId, size } = blob;
  const { fileId } = input;
  const { id: parentId } = await openFolder(db, { id: input.parentId, ownerId });
  const { actor } = input;
  const placement = { fileId, ownerId, parentId, name, mediaType, size, blobId, onConflict };
  const placed = await placeFile(db, { ...placement, actor, isNews: false, now });
  await adjustHoldings(db, { ownerId, used: placed.addedBytes });
  await orphanUnreferenced(db, { blobIds: placed.releasedBlobs, now });
  const fact = { id: placed.fileId, ownerId, parentId, name: placed.name, size };
  const replaced = placed.fileId !== fileId;
  await recordEvents(db, [fileStored(fact, { actor, at: now, replaced })]);
  return await findFile(db, placed.fileId);
}
