/** What every dialect asks before it touches an upload. */
import type { IncomingMessage } from "node:http";
import { CoreError } from "../../core/errors.ts";
import { isId } from "../../core/ids.ts";
import type { UploadStore } from "../../core/uploads/upload-store.ts";
import type { Upload } from "../../core/uploads/upload.ts";

/** Someone else's upload is answered as one that does not exist; so is an annex, which is nobody's to address. */
export async function findOwnUpload(
  uploads: Pick<UploadStore, "find">,
  { id, ownerId }: { id: string; ownerId: string },
): Promise<Upload> {
  const upload = isId(id) ? await uploads.find(id) : undefined;
  if (upload?.ownerId !== ownerId || upload.purpose === "annex")
    throw new CoreError("upload-not-found", { id });
  return upload;
}

/** Thrown for a body in a content coding: bytes are stored as sent, so a coded body would be stored coded. */
class CodedBody extends Error {
  override readonly name = "CodedBody";
  readonly statusCode = 415;
}

export function assertIdentityCoding(request: IncomingMessage): void {
  const coding = request.headers["content-encoding"];
  if (coding !== undefined && coding !== "identity")
    throw new CodedBody(`Content-Encoding ${coding} is not accepted`);
}
