import type { Updateable } from "kysely";
import type { Digests } from "../../core/blobs/digest.ts";
import { CoreError } from "../../core/errors.ts";
import type { UploadTarget } from "../../core/uploads/upload-store.ts";
import { uploadMoved } from "../../core/events/upload-events.ts";
import type { Actor } from "../../core/events.ts";
import { isOpen } from "../../core/uploads/upload.ts";
import type { Upload, UploadState } from "../../core/uploads/upload.ts";
import type { Db, UploadsTable } from "../schema.ts";
import { recordEvents } from "./event-writes.ts";
import { orphanUnreferenced } from "./blob-references.ts";
import { openFolderFor } from "./node-folders.ts";
import { returnShareBytes } from "./share-writes.ts";
import { adjustUpload, chargeAnew, releaseForeign } from "./upload-charges.ts";
import { deleteUploads } from "./upload-forget.ts";
import { findUploadRow } from "./upload-reads.ts";
import { deleteRanges, sizeAndReserve, updateUpload } from "./upload-ranges.ts";
import { endOf, toUpload } from "./upload-row.ts";
import type { UploadRow } from "./upload-row.ts";

export async function takeOver(
  db: Db,
  { id, epoch, now }: { id: string; epoch: number; now: number },
): Promise<Upload> {
  const row = await findUploadRow(db, id);
  if (row === undefined) throw new CoreError("upload-not-found", { id });
  const isCurrent = row.epoch === epoch && (row.state === "receiving" || row.state === "paused");
  if (!isCurrent) throw new CoreError("superseded", { id });
  return await updateUpload(db, { row, changes: { epoch: epoch + 1, updated_at: now } });
}

export interface Transition {
  readonly id: string;
  readonly from: readonly UploadState[];
  readonly to: UploadState;
  readonly actor: Actor;
  readonly now: number;
  readonly failure?: string;
  readonly size?: number;
  readonly claimed?: Digests;
  readonly expiredBy?: number;
  readonly target?: Partial<UploadTarget>;
}

export async function transitionUpload(db: Db, input: Transition): Promise<Upload | undefined> {
  const { id, from, actor, now } = input;
  const row = await findUploadRow(db, id);
  if (row === undefined || !from.includes(row.state)) return undefined;
  if (input.expiredBy !== undefined && row.expires_at > input.expiredBy) return undefined;
  const moved = await moveUpload(db, { row, ...input });
  if (moved.purpose === "annex") return moved;
  const event = uploadMoved(moved, { from: row.state, actor, at: now });
  if (event !== undefined) await recordEvents(db, [event]);
  return moved;
}

async function moveUpload(db: Db, input: Transition & { row: UploadRow }): Promise<Upload> {
  const { row, id, to, now, failure, size, claimed } = input;
  const changes: Updateable<UploadsTable> = { state: to, epoch: row.epoch + 1, updated_at: now };
  if (failure !== undefined) changes.failure = failure;
  if (claimed !== undefined) changes.claimed = JSON.stringify(claimed);
  if (input.target !== undefined) {
    const { parentId, name, onConflict } = input.target;
    if (parentId !== undefined) Object.assign(changes, await retarget(db, { row, parentId, now }));
    if (name !== undefined) changes.name = name;
    if (onConflict !== undefined) changes.on_conflict = onConflict;
  }
  switch (to) {
    case "receiving":
    case "paused":
    case "completing":
      if (!isOpen(toUpload(row))) throw new Error(`an ended upload does not come back: ${id}`);
      if (size !== undefined) {
        const charged_id = changes.charged_id ?? null;
        const asCharged = "charged_id" in changes ? { ...row, charged_id } : row;
        const received = row.received_bytes;
        Object.assign(changes, await sizeAndReserve(db, { row: asCharged, size, received }));
      }
      if (row.state === "completing" && to === "receiving")
        Object.assign(changes, await releaseForeign(db, { row, now }));
      return await updateUpload(db, { row, changes });
    case "aborted":
    case "expired":
    case "failed":
      assertCanEnd(row, to);
      Object.assign(changes, endOf({ state: to, now }), { reserved_bytes: 0, blob_id: null });
      return await endUpload(db, { row, changes, now });
    case "complete":
      throw new Error("an upload becomes complete by publish or join");
  }
}

/** Of what has ended, only a finished partial can still be given up. */
function assertCanEnd(row: UploadRow, to: UploadState): void {
  const isKept = row.state === "complete" && row.purpose === "partial";
  const isAllowed = isOpen(toUpload(row)) || (isKept && to === "aborted");
  if (!isAllowed) throw new Error(`an upload ends once: ${row.id}`);
}

/** Another place for the file; its owner's own choice, even of what a visitor sends them. */
async function retarget(
  db: Db,
  { row, parentId, now }: { row: UploadRow; parentId: string; now: number },
): Promise<Updateable<UploadsTable>> {
  const adder = { accountId: row.owner_id, shareId: null };
  const folder = await openFolderFor(db, { id: parentId, adder, now });
  const { charged_id } = await chargeAnew(db, { row, driveId: folder.ownerId });
  return { parent_id: parentId, charged_id, share_id: null };
}

/** A finished partial can be given up too, then its blob loses this reference. */
async function endUpload(
  db: Db,
  { row, changes, now }: { row: UploadRow; changes: Updateable<UploadsTable>; now: number },
): Promise<Upload> {
  await deleteRanges(db, row.id);
  const open = isOpen(toUpload(row)) && row.purpose !== "annex" ? -1 : 0;
  await adjustUpload(db, { row, holdings: { reserved: -row.reserved_bytes, open } });
  if (row.share_id !== null && row.size !== null)
    await returnShareBytes(db, { id: row.share_id, bytes: row.size });
  const upload = await updateUpload(db, { row, changes });
  if (row.purpose === "partial" && row.blob_id !== null)
    await orphanUnreferenced(db, { blobIds: [row.blob_id], now });
  return upload;
}

/** A purged partial gives back what it still reserves and its hold on its blob. */
export async function purgeEnded(
  db: Db,
  { before, limit }: { before: number; limit: number },
): Promise<number> {
  const rows = await db
    .selectFrom("uploads")
    .select(["id", "owner_id", "charged_id", "purpose", "blob_id", "reserved_bytes"])
    .where("ended_at", "<", before)
    .orderBy("ended_at")
    .limit(limit)
    .execute();
  const ids = rows.map((row) => row.id);
  await deleteUploads(db, ids);
  for (const row of rows) {
    if (row.reserved_bytes > 0)
      await adjustUpload(db, { row, holdings: { reserved: -row.reserved_bytes } });
  }
  const blobIds = rows.flatMap((row) =>
    row.purpose === "partial" && row.blob_id !== null ? [row.blob_id] : [],
  );
  // These references ended before `before`, so their blobs' grace period has been running since then.
  await orphanUnreferenced(db, { blobIds, now: before });
  return rows.length;
}
