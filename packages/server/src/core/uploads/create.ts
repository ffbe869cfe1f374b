/** Begins an upload: a durable staging file first, then the row, so that a row never lacks its file. */
import type { BlobStore } from "../blobs/blob-store.ts";
import type { Capacity } from "../blobs/capacity.ts";
import type { Digests } from "../blobs/digest.ts";
import type { Clock } from "../clock.ts";
import type { FileStore } from "../drive/file-store.ts";
import { parseName } from "../drive/name.ts";
import { CoreError } from "../errors.ts";
import type { Actor } from "../events.ts";
import { newId } from "../ids.ts";
import type { ThroughRequest, UploadStore } from "./upload-store.ts";
import type { ConflictPolicy, Durability, Upload, UploadPurpose } from "./upload.ts";

export interface UploadLimits {
  readonly maxFileBytes: number;
  readonly maxParts: number;
  readonly defaultPartBytes: number;
  readonly maxOpenUploads: number;
  readonly uploadTtlMs: number;
  readonly durability: Durability;
}

export interface CreateUpload {
  readonly ownerId: string;
  readonly actor: Actor;
  readonly dialect: string;
  /** The folder that is to receive the file, theirs or one shared with them; the owner's root unless said. */
  readonly parentId?: string;
  /** Folders below that one, made where they are not there. */
  readonly folders?: readonly string[];
  readonly name: string;
  /** Bytes, or null while unknown. */
  readonly size: number | null;
  readonly purpose?: UploadPurpose;
  readonly mediaType?: string | null;
  readonly metadata?: string | null;
  readonly partSize?: number;
  readonly claimed?: Digests;
  readonly onConflict?: ConflictPolicy;
  readonly durability?: Durability;
  readonly resumeKey?: string | null;
  /** With purpose `annex`: beside which upload, which must be receiving. There is one open annex of each. */
  readonly annexOf?: string;
  readonly autoComplete?: boolean;
  /** A visitor sends it, for the owner. */
  readonly through?: ThroughRequest;
}

export type CreateUploadResult = { upload: Upload; created: boolean };

const strength: Record<Durability, number> = { relaxed: 0, balanced: 1, strict: 2 };

export function createCreateUpload({
  uploads,
  files,
  blobs,
  capacity,
  clock,
  limits,
}: {
  uploads: UploadStore;
  files: FileStore;
  blobs: BlobStore;
  capacity: Capacity;
  clock: Clock;
  limits: UploadLimits;
}) {
  return async (input: CreateUpload): Promise<CreateUploadResult> => {
    const name = parseName(input.name);
    const {
      size,
      ownerId,
      parentId = ownerId,
      folders = [],
      purpose = "file",
      onConflict = "fail",
      durability = limits.durability,
    } = input;
    if (size !== null && size > limits.maxFileBytes) {
      throw new CoreError("file-too-large", { limitBytes: limits.maxFileBytes, sizeBytes: size });
    }
    folders.forEach(parseName);
    const partSize = choosePartSize(input, limits);
    if (purpose === "file" && onConflict === "fail")
      await files.assertNameFree({ parentId, folders, name });
    await capacity.assertRoom(size ?? 0);

    const now = clock.now();
    const id = newId(now);
    await blobs.staging.create(id);
    try {
      const result = await uploads.create({
        maxOpenUploads: limits.maxOpenUploads,
        folders,
        upload: {
          id,
          ownerId,
          actor: input.actor,
          dialect: input.dialect,
          purpose,
          parentId,
          name,
          mediaType: input.mediaType ?? null,
          metadata: input.metadata ?? null,
          size,
          partSize,
          claimed: input.claimed ?? {},
          onConflict,
          durability:
            strength[durability] > strength[limits.durability] ? durability : limits.durability,
          resumeKey: input.resumeKey ?? null,
          annexOf: input.annexOf ?? null,
          autoComplete: input.autoComplete ?? false,
          ...(input.through === undefined ? {} : { through: input.through }),
          createdAt: now,
          expiresAt: now + limits.uploadTtlMs,
        },
      });
      if (result.created) capacity.promise(id, size ?? 0);
      else await blobs.staging.remove(id);
      return result;
    } catch (error) {
      await blobs.staging.remove(id);
      throw error;
    }
  };
}

/** The client's wish, or a size that keeps the count of parts within bounds; a whole number of MiB so that parts align. */
function choosePartSize({ partSize, size }: CreateUpload, limits: UploadLimits): number {
  if (partSize !== undefined) {
    if (size !== null && Math.ceil(size / partSize) > limits.maxParts) {
      throw new CoreError("invalid-request", {
        field: "partSize",
        reason: `would make more than ${limits.maxParts} parts`,
      });
    }
    return partSize;
  }
  const needed = Math.ceil((size ?? limits.maxFileBytes) / limits.maxParts);
  const mebibyte = 1024 * 1024;
  return Math.max(limits.defaultPartBytes, Math.ceil(needed / mebibyte) * mebibyte);
}
