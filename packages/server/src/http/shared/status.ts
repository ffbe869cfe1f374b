/** The HTTP status and title of each core refusal. A dialect overrides the few it words differently. */
import type { ErrorCode } from "../../core/errors.ts";

export const refusals: Record<ErrorCode, { status: number; title: string }> = {
  "invalid-request": { status: 400, title: "The request is not valid" },
  "name-refused": { status: 400, title: "This cannot be a file's name" },
  "name-taken": { status: 409, title: "There is a file of this name" },
  "file-too-large": { status: 413, title: "The file is larger than this server accepts" },
  "quota-exceeded": { status: 507, title: "The account's quota does not allow it" },
  "disk-full": { status: 507, title: "The server's disk is full" },
  "too-many-uploads": { status: 429, title: "Too many uploads are open" },
  "upload-not-found": { status: 404, title: "There is no such upload" },
  "upload-paused": { status: 409, title: "The upload is paused" },
  "upload-complete": { status: 409, title: "The upload is complete" },
  "upload-aborted": { status: 410, title: "The upload was aborted" },
  "upload-expired": { status: 410, title: "The upload has expired" },
  "upload-failed": { status: 410, title: "The upload has failed" },
  "upload-incomplete": { status: 409, title: "Parts of the upload are missing" },
  "offset-mismatch": { status: 409, title: "The upload is at another offset" },
  "part-out-of-range": { status: 400, title: "There is no part of this number" },
  "part-misaligned": { status: 400, title: "The body is not a whole number of parts" },
  "part-conflict": { status: 409, title: "Other bytes are held at this place" },
  "body-too-long": { status: 413, title: "The body is longer than what is left" },
  "body-cut": { status: 400, title: "The connection was lost before the body's end" },
  "body-too-slow": { status: 408, title: "The body came too slowly" },
  "digest-mismatch": { status: 422, title: "The bytes do not have the claimed digest" },
  superseded: { status: 409, title: "A newer request took over" },
  "file-not-found": { status: 404, title: "There is no such file" },
  "node-not-found": { status: 404, title: "There is no such file or folder" },
  "version-not-found": { status: 404, title: "There is no such version" },
  "job-not-found": { status: 404, title: "There is no such job" },
  "not-a-folder": { status: 409, title: "This is a file, not a folder" },
  "parent-gone": { status: 409, title: "The folder is gone" },
  "node-trashed": { status: 409, title: "This is in the trash" },
  "folder-into-itself": { status: 409, title: "A folder cannot go into itself" },
  "too-deep": { status: 409, title: "Folders cannot be nested this deep" },
  "check-not-found": { status: 404, title: "There is no such check" },
  "archive-not-found": { status: 404, title: "There is no such selection, or no longer" },
  "archive-too-large": { status: 413, title: "More files than one archive may hold" },
  "writes-stopped": { status: 503, title: "Writes are stopped" },
  unauthenticated: { status: 401, title: "A valid token is needed" },
};

/** Seconds for `Retry-After`, where waiting helps. */
export function retryAfter(status: number): number | undefined {
  return status === 429 || status === 503 ? 5 : undefined;
}
