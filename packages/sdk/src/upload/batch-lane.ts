/**
 * The lane for small files: they wait a moment for company, then travel together in one request
 * that the server makes durable with one commit. While batches are under way, the next one gathers.
 */
import type { ServerLimits } from "../wire.ts";
import { sendBatch, type BatchItem, type SendBatchOptions, type Waiting } from "./send-batch.ts";
import type { SentFile } from "./send-file.ts";

export interface BatchLaneOptions extends SendBatchOptions {
  limits: ServerLimits;
}

export interface BatchLane {
  send(item: BatchItem): Promise<SentFile>;
}

/** A batch is held in memory while it travels: at most two of these. */
const MAX_BATCH_BYTES = 16 * 1024 ** 2;
const MAX_BATCHES_UNDER_WAY = 2;
/** How long the first file waits for others. */
const GATHER_MS = 5;
/** More than any header line adds: the name twice escaped, digest, media type. */
const HEADER_BYTES = 4096;

export function createBatchLane(options: BatchLaneOptions): BatchLane {
  const { limits } = options;
  const maxBytes = Math.min(MAX_BATCH_BYTES, limits.maxBatchBytes);
  const waiting: Waiting[] = [];
  let underWay = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** The longest beginning of the queue that has one folder and conflict mode and fits into a batch. */
  function takeBatch(): Waiting[] {
    const batch: Waiting[] = [];
    let bytes = 0;
    for (let item = waiting[0]; item !== undefined; item = waiting[0]) {
      bytes += item.source.size + HEADER_BYTES;
      const isFull = batch.length >= limits.maxBatchFiles || bytes > maxBytes;
      const isOther =
        batch[0] !== undefined &&
        (batch[0].onConflict !== item.onConflict || batch[0].parentId !== item.parentId);
      if (batch.length > 0 && (isFull || isOther)) break;
      waiting.shift();
      if (item.signal?.aborted === true) item.reject(item.signal.reason);
      else batch.push(item);
    }
    return batch;
  }

  function flush(): void {
    timer = undefined;
    while (underWay < MAX_BATCHES_UNDER_WAY && waiting.length > 0) {
      underWay += 1;
      void sendBatch(takeBatch(), options).finally(() => {
        underWay -= 1;
        flush();
      });
    }
  }

  return {
    send(item) {
      return new Promise((resolve, reject) => {
        waiting.push({ ...item, resolve, reject });
        timer ??= setTimeout(flush, GATHER_MS);
      });
    },
  };
}
