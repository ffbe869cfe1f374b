/** A task by the id that its client gave it, or an upload of any other dialect by its own id. */
import { CoreError } from "../../core/errors.ts";
import { isId } from "../../core/ids.ts";
import type { Task } from "../../core/dialects/task-store.ts";
import type { Upload } from "../../core/uploads/upload.ts";
import type { FamilyDependencies } from "../shared/chunks/family.ts";
import { pick, type Fields } from "../shared/fields.ts";
import { names } from "./names.ts";

export const dialect = "go-uploader";
const maxKeyLength = 200;

export interface FoundTask {
  readonly upload: Upload;
  readonly task: Task | undefined;
}

/** `file_id`, or the digest of the file where that is all there is. */
export function parseFileId(fields: Fields): string {
  const id = pick(fields, names.fileId) ?? pick(fields, names.fileDigest)?.toLowerCase();
  if (id === undefined)
    throw new CoreError("invalid-request", { field: "file_id", reason: "missing" });
  if (id.length > maxKeyLength || /[\u0000-\u001f\u007f]/.test(id)) {
    const reason = `longer than ${maxKeyLength} characters, or with control characters`;
    throw new CoreError("invalid-request", { field: "file_id", reason });
  }
  return id;
}

export async function findTask(
  { tasks, uploads }: Pick<FamilyDependencies, "tasks" | "uploads">,
  { ownerId, fileId }: { ownerId: string; fileId: string },
): Promise<FoundTask | undefined> {
  const own = await tasks.findByKey({ ownerId, dialect, key: fileId });
  const id = own?.uploadId ?? (isId(fileId) ? fileId : undefined);
  const upload = id === undefined ? undefined : await uploads.find(id);
  if (upload?.ownerId !== ownerId || upload.purpose === "annex") return undefined;
  return { upload, task: own ?? (await tasks.find(upload.id)) };
}

export async function getTask(
  dependencies: Pick<FamilyDependencies, "tasks" | "uploads">,
  wanted: { ownerId: string; fileId: string },
): Promise<FoundTask> {
  const found = await findTask(dependencies, wanted);
  if (!found) throw new CoreError("upload-not-found", { id: wanted.fileId });
  return found;
}
