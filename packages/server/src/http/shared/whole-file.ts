/** A file that comes whole, in one request: through the small-file lane where it fits, else as an upload that nobody but this request knows. */
import { hash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { assertDigests, type Digests } from "../../core/blobs/digest.ts";
import type { StoreSmallFile } from "../../core/blobs/small-files.ts";
import type { Adder } from "../../core/drive/adder.ts";
import type { FileEntry, FileStore } from "../../core/drive/file-store.ts";
import { CoreError } from "../../core/errors.ts";
import type { ByteSource } from "../../core/uploads/byte-source.ts";
import type { CompleteUpload } from "../../core/uploads/complete.ts";
import type { CreateUpload, CreateUploadResult, UploadLimits } from "../../core/uploads/create.ts";
import type { ThroughRequest } from "../../core/uploads/upload-store.ts";
import type { UploadLifecycle } from "../../core/uploads/lifecycle.ts";
import type { ReceiveBytes } from "../../core/uploads/receive.ts";
import type { ConflictPolicy } from "../../core/uploads/upload.ts";
import { actorOf } from "./actor.ts";
import { collectBody } from "./collect.ts";

/** Files up to this size go through the small-file lane. */
export const smallFileBytes = 1024 * 1024;

export interface WholeFileDependencies {
  readonly files: Pick<FileStore, "find">;
  readonly storeSmallFile: StoreSmallFile;
  readonly createUpload: (input: CreateUpload) => Promise<CreateUploadResult>;
  readonly receiveBytes: ReceiveBytes;
  readonly completeUpload: CompleteUpload;
  readonly lifecycle: UploadLifecycle;
  readonly limits: UploadLimits;
}

export interface WholeFile {
  readonly request: FastifyRequest;
  /** In whose drive it will be, whoever sends it. */
  readonly ownerId: string;
  /** Who sends it, where that is somebody else. */
  readonly adder?: Adder | undefined;
  /** By which request a visitor sends it. */
  readonly through?: ThroughRequest | undefined;
  readonly dialect: string;
  readonly parentId: string;
  readonly name: string;
  readonly mediaType: string | null;
  /** Checked before anything is stored. */
  readonly claimed: Digests;
  readonly onConflict: ConflictPolicy;
  readonly source: ByteSource;
  /** The bytes are known to be at most `smallFileBytes`. */
  readonly isSmall: boolean;
}

/** Resolves with the file once it is durable. Whatever fails leaves nothing. */
export async function storeWholeFile(
  dependencies: WholeFileDependencies,
  file: WholeFile,
): Promise<FileEntry> {
  if (!file.isSmall) return storeByUpload(dependencies, file);
  const { request, ownerId, adder, parentId, name, mediaType, claimed, onConflict, source } = file;
  const bytes = await collectBody(source, smallFileBytes);
  const sha256 = hash("sha256", bytes, "hex");
  assertDigests(digestsOf(bytes, { sha256, claimed }), claimed);
  const place = { ownerId, parentId, name, onConflict };
  const actor = actorOf(request);
  return dependencies.storeSmallFile({ ...place, adder, actor, mediaType, bytes, sha256 });
}

async function storeByUpload(
  { files, createUpload, receiveBytes, completeUpload, lifecycle, limits }: WholeFileDependencies,
  file: WholeFile,
): Promise<FileEntry> {
  const { request, source, dialect, parentId, name, mediaType, claimed, onConflict, through } =
    file;
  const actor = actorOf(request);
  const { upload } = await createUpload({
    ownerId: file.adder?.accountId ?? file.ownerId,
    ...(through === undefined ? {} : { through }),
    oneRequest: true,
    actor,
    dialect,
    parentId,
    name,
    size: source.declaredLength,
    mediaType,
    claimed,
    onConflict,
  });
  const { id } = upload;
  try {
    await receiveBytes({
      id,
      source,
      place: (now) => ({
        start: 0,
        limit: now.size ?? limits.maxFileBytes,
        unit: "byte",
        endsContent: () => true,
      }),
    });
    const { fileId } = await completeUpload({ id, actor });
    const stored = fileId === null ? undefined : await files.find(fileId);
    if (!stored) throw new CoreError("file-not-found", { id: fileId ?? "" });
    return stored;
  } catch (error) {
    // One request, one outcome: nobody knows this upload's id, so nobody could resume it.
    await lifecycle.abort(id, actor).catch((failure: unknown) => {
      request.log.warn(
        { err: failure, uploadId: id },
        "an upload that failed could not be aborted; it will expire",
      );
    });
    throw error;
  }
}

function digestsOf(
  bytes: Uint8Array,
  { sha256, claimed }: { sha256: string; claimed: Digests },
): Digests {
  return {
    sha256,
    ...(claimed.md5 === undefined ? {} : { md5: hash("md5", bytes, "hex") }),
    ...(claimed.sha1 === undefined ? {} : { sha1: hash("sha1", bytes, "hex") }),
  };
}
