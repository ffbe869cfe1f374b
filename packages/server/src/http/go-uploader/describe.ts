/** Uploads of every dialect as this family's tasks. */
import { sortChunks } from "../../core/dialects/chunk-layout.ts";
import type { Task } from "../../core/dialects/task-store.ts";
import { withAnnex, type Upload } from "../../core/uploads/upload.ts";
import type { FamilyDependencies } from "../shared/chunks/family.ts";
import { layoutOf } from "../shared/chunks/task-layout.ts";
import { formatDownloadUrl } from "../shared/download-url.ts";
import { percentOf } from "./chunk.ts";
import { dialect, type FoundTask } from "./find-task.ts";

const instant = (ms: number): string => new Date(ms).toISOString();

export function summarize(upload: Upload, task: Task | undefined): object {
  const { id, name, size, state, receivedBytes, failure, fileId } = upload;
  const layout = layoutOf(upload, task);
  return {
    file_id: task?.dialect === dialect ? task.key : id,
    upload_id: id,
    file_name: name,
    file_size: size,
    state,
    uploaded_bytes: receivedBytes,
    percent: size === null ? null : percentOf(receivedBytes, size),
    total_chunks: layout?.totalChunks ?? null,
    chunk_size: layout?.chunkSize ?? null,
    dialect: upload.dialect,
    created_at: instant(upload.createdAt),
    updated_at: instant(upload.updatedAt),
    expires_at: instant(upload.expiresAt),
    ...(failure === null ? {} : { failure }),
    ...(fileId === null ? {} : { download_url: formatDownloadUrl({ id: fileId, name }) }),
  };
}

export async function describeTask(
  { uploads }: Pick<FamilyDependencies, "uploads">,
  { upload: found, task }: FoundTask,
): Promise<object> {
  const upload = withAnnex(found, (await uploads.annexes([found.id])).get(found.id));
  const layout = layoutOf(upload, task);
  if (!layout) return summarize(upload, task);
  const { uploaded, missing } = sortChunks(layout, await uploads.ranges(upload.id));
  // A finished file holds all, also where no chunk ever showed its size.
  const isWhole = upload.state === "complete";
  const all = isWhole ? [...uploaded, ...missing].toSorted((a, b) => a - b) : uploaded;
  return {
    ...summarize(upload, task),
    uploaded_chunks: all,
    missing_chunks: isWhole ? [] : missing,
  };
}
