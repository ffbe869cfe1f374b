/** How an upload is cut into chunks, for a client that thinks in those: as its task says, or by parts when another dialect began it. */
import { assertDigests, type DigestAlgorithm, type Digests } from "../../../core/blobs/digest.ts";
import {
  chunkSizeShownBy,
  onlyChunkSize,
  sortChunks,
} from "../../../core/dialects/chunk-layout.ts";
import type { Task, TaskStore } from "../../../core/dialects/task-store.ts";
import { CoreError } from "../../../core/errors.ts";
import type { Range, Upload } from "../../../core/uploads/upload.ts";
import type { SpooledBody } from "./spooled-body.ts";

export interface TaskLayout {
  readonly size: number;
  readonly totalChunks: number;
  /** Null until a chunk has shown it. */
  readonly chunkSize: number | null;
}

/** Undefined while the upload's end is not known. */
export function layoutOf(
  { size, partSize }: Upload,
  task: Task | undefined,
): TaskLayout | undefined {
  if (size === null) return undefined;
  if (task === undefined || task.totalChunks === null)
    return { size, totalChunks: Math.max(1, Math.ceil(size / partSize)), chunkSize: partSize };
  const { totalChunks } = task;
  return {
    size,
    totalChunks,
    chunkSize: task.chunkSize ?? onlyChunkSize({ size, totalChunks }) ?? null,
  };
}

/**
 * The chunk size; from what has arrived, once its digest is known to hold, where nothing said it before. Undefined while nothing has arrived.
 */
export async function settleChunkSize(
  tasks: Pick<TaskStore, "settleChunkSize">,
  {
    uploadId,
    layout,
    index,
    claimed,
    content,
  }: {
    uploadId: string;
    layout: TaskLayout;
    index: number;
    claimed: Digests;
    content: SpooledBody | undefined;
  },
): Promise<number | undefined> {
  if (layout.chunkSize !== null) return layout.chunkSize;
  if (!content) return undefined;
  const algorithms = Object.keys(claimed) as DigestAlgorithm[];
  if (algorithms.length > 0) assertDigests(await content.digest(algorithms), claimed);
  const shown = chunkSizeShownBy(layout, { index, length: content.length });
  return tasks.settleChunkSize({ uploadId, chunkSize: shown });
}

/** The refusal `upload-incomplete` in the chunks of the client that asks, not in the engine's parts. */
export function explainMissing(
  error: CoreError<"upload-incomplete">,
  { layout, held }: { layout: TaskLayout; held: readonly Range[] },
): CoreError {
  const { missing } = sortChunks(layout, held);
  return new CoreError("upload-incomplete", { ...error.facts, missing }, { cause: error });
}
