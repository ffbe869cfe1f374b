/** Finds the upload that a request names, and says what it has become. */
import type { FastifyRequest } from "fastify";
import { CoreError } from "../../core/errors.ts";
import type { Actor } from "../../core/events.ts";
import { isOpen, type Upload } from "../../core/uploads/upload.ts";
import { accountOf } from "../shared/authenticate.ts";
import { findOwnUpload } from "../shared/uploads.ts";
import type { TusDependencies } from "./dependencies.ts";
import { TusRefusal } from "./errors.ts";

/** Throws what a client must hear of an upload that has ended without a file, or whose file is gone. */
export async function findLive(
  { uploads, files, clock }: Pick<TusDependencies, "uploads" | "files" | "clock">,
  request: FastifyRequest,
): Promise<Upload> {
  const { id } = request.params as { id: string };
  const upload = await findOwnUpload(uploads, { id, ownerId: accountOf(request).id });
  switch (upload.state) {
    case "aborted":
      throw new CoreError("upload-aborted", { id });
    case "expired":
      throw new CoreError("upload-expired", { id });
    case "failed":
      throw new CoreError("upload-failed", { id, reason: upload.failure ?? "unknown" });
    case "receiving":
    case "paused":
    case "completing":
      // The sweep comes by in its own time; the promise made with Upload-Expires does not wait for it.
      if (upload.state !== "completing" && upload.expiresAt <= clock.now()) {
        throw new CoreError("upload-expired", { id });
      }
      return upload;
    case "complete":
      // A client that kept the URL would else take the missing file for one that has arrived.
      if (upload.fileId !== null && !(await files.find(upload.fileId))) {
        throw new TusRefusal(410, { code: "file-deleted", message: "The file has been deleted" });
      }
      return upload;
  }
}

/**
 * Stock clients take `Upload-Offset` = `Upload-Length` for success, without another word. So that is never said of an upload that is
 * not yet published: whoever learns that every byte is held learns it after completion, or learns why that failed.
 */
export async function settle(
  { completeUpload }: Pick<TusDependencies, "completeUpload">,
  { upload, actor }: { upload: Upload; actor: Actor },
): Promise<Upload> {
  if (!isOpen(upload) || upload.size === null || upload.offset < upload.size) return upload;
  return completeUpload({ id: upload.id, actor });
}
