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
import type { NewUpload, ThroughRequest, UploadStore } from "./upload-store.ts";
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
  /** Nobody but the request that begins it will ever know of it: what is left of it when the process ends is of no use. */
  readonly oneRequest?: boolean;
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
    const { size, ownerId, parentId = ownerId, folders = [] } = input;
    const { purpose = "file", onConflict = "fail" } = input;
    if (size !== null && size > limits.maxFileBytes) {
      throw new CoreError("file-too-large", { limitBytes: limits.maxFileBytes, sizeBytes: size });
    }
    folders.forEach(parseName);
    const chosen = { name, parentId, purpose, onConflict, partSize: choosePartSize(input, limits) };
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
          ...describe(input, limits),
          ...chosen,
          id,
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

type Chosen =
  | "id"
  | "name"
  | "parentId"
  | "purpose"
  | "onConflict"
  | "partSize"
  | "createdAt"
  | "expiresAt";

/** What is said of an upload, or taken for said. */
function describe(input: CreateUpload, limits: UploadLimits): Omit<NewUpload, Chosen> {
  const { ownerId, actor, dialect, size, through, durability = limits.durability } = input;
  const isStronger = strength[durability] > strength[limits.durability];
  return {
    ownerId,
    actor,
    dialect,
    size,
    mediaType: input.mediaType ?? null,
    metadata: input.metadata ?? null,
    claimed: input.claimed ?? {},
    durability: isStronger ? durability : limits.durability,
    resumeKey: input.resumeKey ?? null,
    annexOf: input.annexOf ?? null,
    autoComplete: input.autoComplete ?? false,
    oneRequest: input.oneRequest ?? false,
    ...(through === undefined ? {} : { through }),
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
