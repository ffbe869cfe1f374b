import { createHash } from "node:crypto";
import type { Insertable, Selectable } from "kysely";
import type { Digests } from "../../core/blobs/digest.ts";
import type { NewUpload } from "../../core/uploads/upload-store.ts";
import type { Upload, UploadState } from "../../core/uploads/upload.ts";
import type { UploadsTable } from "../schema.ts";

export type UploadRow = Selectable<UploadsTable>;

const HOUR_MS = 3_600_000;

export function toUpload(row: UploadRow): Upload {
  return {
    id: row.id,
    ownerId: row.owner_id,
    dialect: row.dialect,
    purpose: row.purpose,
    parentId: row.parent_id,
    name: row.name,
    mediaType: row.media_type,
    metadata: row.metadata,
    size: row.size,
    partSize: row.part_size,
    state: row.state,
    epoch: row.epoch,
    offset: row.offset,
    receivedBytes: row.received_bytes,
    claimed: JSON.parse(row.claimed) as Digests,
    onConflict: row.on_conflict,
    durability: row.durability,
    resumeKey: row.resume_key,
    annexOf: row.annex_of,
    autoComplete: row.auto_complete === 1,
    failure: row.failure,
    blobId: row.blob_id,
    fileId: row.file_id,
    chargedId: row.charged_id ?? row.owner_id,
    shareId: row.share_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    expiresAt: row.expires_at,
  };
}

/** The row of an upload that begins: `receiving`, epoch 1, nothing held. `chargedId`: the owner of its folder. */
export function newUploadRow(
  upload: NewUpload & { readonly chargedId: string },
): UploadRow & Insertable<UploadsTable> {
  return {
    id: upload.id,
    owner_id: upload.ownerId,
    dialect: upload.dialect,
    purpose: upload.purpose,
    parent_id: upload.parentId,
    name: upload.name,
    media_type: upload.mediaType,
    metadata: upload.metadata,
    size: upload.size,
    part_size: upload.partSize,
    state: "receiving",
    epoch: 1,
    offset: 0,
    received_bytes: 0,
    reserved_bytes: upload.size ?? 0,
    claimed: JSON.stringify(upload.claimed),
    on_conflict: upload.onConflict,
    durability: upload.durability,
    resume_key: upload.resumeKey,
    resume_slot: resumeSlot(upload),
    annex_of: upload.annexOf,
    request_bound: upload.oneRequest === true ? 1 : null,
    auto_complete: upload.autoComplete ? 1 : 0,
    failure: null,
    blob_id: null,
    file_id: null,
    charged_id: upload.chargedId === upload.ownerId ? null : upload.chargedId,
    share_id: upload.through?.shareId ?? null,
    created_at: upload.createdAt,
    updated_at: upload.createdAt,
    expires_at: upload.expiresAt,
    expiry_hour: upload.annexOf === null ? expiryHour(upload.expiresAt) : null,
    ended_at: null,
  };
}

export function expiryHour(expiresAt: number): number {
  return Math.floor(expiresAt / HOUR_MS);
}

/** What makes two creations the same request; hashed because a database's keys are short. */
function resumeSlot({
  resumeKey,
  parentId,
  name,
  size,
}: Pick<NewUpload, "resumeKey" | "parentId" | "name" | "size">): string | null {
  if (resumeKey === null) return null;
  return createHash("sha256")
    .update(JSON.stringify([resumeKey, parentId, name, size]))
    .digest("hex");
}

/** The columns that every end changes: an ended upload holds no quota and is in no index of open ones. */
export function endOf({
  state,
  now,
}: {
  state: Extract<UploadState, "complete" | "aborted" | "expired" | "failed">;
  now: number;
}) {
  const open = { expiry_hour: null, resume_slot: null, annex_of: null, request_bound: null };
  return { state, updated_at: now, ended_at: now, ...open } as const;
}
