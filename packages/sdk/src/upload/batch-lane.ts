/**
 * The lane for small files: they wait a moment for company, then travel together in one request
 * that the server makes durable with one commit. While batches are under way, the next one gathers.
 *
 * A batch whose answer was lost is sent again; files it stored the first time are then recognised
 * by their digest. That is exact for `fail` and `replace`; `keep-both` must not use this lane.
 */
import type { Client } from "../client.ts";
import type { BatchResult } from "../client/files.ts";
import { createGate } from "../concurrency.ts";
import { hashChunks, type CreateHasher } from "../digest.ts";
import { hasCode, isRetryable } from "../errors.ts";
import { createRetryBudget, type RetryBudget, type RetryOptions } from "../retry.ts";
import { sourceChanged, toChunks, type UploadSource } from "../source.ts";
import type { OnConflict, ServerLimits } from "../wire.ts";
import { encodeBatch, type BatchEntry } from "./batch-body.ts";
import { findEqual } from "./find-equal.ts";
import type { SentFile } from "./send-file.ts";
import type { Tally } from "./tally.ts";

export interface BatchLaneOptions {
  client: Client;
  limits: ServerLimits;
  retry: RetryOptions;
  createHasher?: CreateHasher | undefined;
}

export interface BatchItem {
  source: UploadSource;
  tally: Tally;
  onConflict: Exclude<OnConflict, "keep-both">;
  signal?: AbortSignal | undefined;
}

export interface BatchLane {
  send(item: BatchItem): Promise<SentFile>;
}

/** A batch is held in memory while it travels: at most two of these. */
const MAX_BATCH_BYTES = 16 * 1024 ** 2;
const MAX_BATCHES_UNDER_WAY = 2;
const READS_AT_ONCE = 16;
/** How long the first file waits for others. */
const GATHER_MS = 5;
/** More than any header line adds: the name twice escaped, digest, media type. */
const HEADER_BYTES = 4096;

interface Waiting extends BatchItem {
  resolve(sent: SentFile): void;
  reject(error: unknown): void;
}

interface Loaded {
  item: Waiting;
  entry: BatchEntry;
}

export function createBatchLane(options: BatchLaneOptions): BatchLane {
  const { limits } = options;
  const maxBytes = Math.min(MAX_BATCH_BYTES, limits.maxBatchBytes);
  const waiting: Waiting[] = [];
  let underWay = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** The longest prefix of one conflict mode that fits into a batch. */
  function takeBatch(): Waiting[] {
    const batch: Waiting[] = [];
    let bytes = 0;
    for (let item = waiting[0]; item !== undefined; item = waiting[0]) {
      bytes += item.source.size + HEADER_BYTES;
      const isFull = batch.length >= limits.maxBatchFiles || bytes > maxBytes;
      const isOther = batch[0] !== undefined && batch[0].onConflict !== item.onConflict;
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

/** Settles every item; never rejects itself. */
async function sendBatch(batch: readonly Waiting[], options: BatchLaneOptions): Promise<void> {
  const budget = createRetryBudget(options.retry);
  const signal = anyStillWanted(batch);
  let rest = await loadAll(batch, options);
  try {
    for (let failures = 0; rest.length > 0; failures += 1) {
      const outcome = await attemptBatch(rest, { ...options, signal });
      const settling = { ...options, budget, isRepeat: failures > 0 };
      await Promise.all(outcome.refused.map((refusal) => settleRefusal(refusal, settling)));
      if (outcome.again.length > 0) await budget.waitAfter(outcome.error, failures, signal);
      rest = outcome.again;
    }
  } catch (error) {
    for (const { item } of rest) item.reject(error);
  }
}

interface Refusal extends Loaded {
  error: unknown;
}

interface Outcome {
  /** What to send again, and why. */
  again: Loaded[];
  error: unknown;
  refused: Refusal[];
}

async function attemptBatch(
  batch: Loaded[],
  options: BatchLaneOptions & { signal: AbortSignal },
): Promise<Outcome> {
  const { client, signal } = options;
  for (const { item } of batch) item.tally.enter("sending");
  let results: BatchResult[];
  try {
    const body = encodeBatch(batch.map(({ entry }) => entry));
    const onConflict = batch[0]?.item.onConflict;
    results = await client.putBatch({ body, onConflict, signal });
  } catch (error) {
    if (isRetryable(error)) return { again: batch, error, refused: [] };
    return { again: [], error, refused: batch.map((loaded) => ({ ...loaded, error })) };
  }
  const outcome: Outcome = { again: [], error: null, refused: [] };
  for (const [index, loaded] of batch.entries()) {
    const result = results[index];
    if (result === undefined) {
      outcome.refused.push({ ...loaded, error: new Error("The server left out a result") });
    } else if ("file" in result) {
      loaded.item.tally.beginFlight().land(loaded.entry.bytes.byteLength);
      loaded.item.resolve({ status: "stored", file: result.file, uploadId: null });
    } else if (isRetryable(result.error)) {
      outcome.again.push(loaded);
      outcome.error = result.error;
    } else {
      outcome.refused.push({ ...loaded, error: result.error });
    }
  }
  return outcome;
}

/** A taken name is fine when it holds these very bytes. */
async function settleRefusal(
  { item, entry, error }: Refusal,
  options: BatchLaneOptions & { budget: RetryBudget; isRepeat: boolean },
): Promise<void> {
  const { name, bytes, sha256 } = entry;
  try {
    if (!hasCode(error, "name-taken") || sha256 === undefined) throw error;
    const size = bytes.byteLength;
    const asked = { name, size, sha256: Promise.resolve(sha256), onConflict: "fail" as const };
    const file = await findEqual({ ...options, ...asked, signal: item.signal });
    if (file === null) throw error;
    // An earlier attempt may have stored it and lost the answer; those bytes did travel.
    const status = options.isRepeat ? "stored" : "already-there";
    if (options.isRepeat) item.tally.beginFlight().land(size);
    item.resolve({ status, file, uploadId: null });
  } catch (failure) {
    item.reject(failure);
  }
}

async function loadAll(batch: readonly Waiting[], options: BatchLaneOptions): Promise<Loaded[]> {
  const gate = createGate(READS_AT_ONCE);
  const loaded: Loaded[] = [];
  await Promise.all(
    batch.map((item, index) =>
      gate(async () => {
        try {
          loaded[index] = { item, entry: await load(item, options) };
        } catch (error) {
          item.reject(error);
        }
      }),
    ),
  );
  return loaded.filter((entry) => entry !== undefined);
}

async function load(item: Waiting, options: BatchLaneOptions): Promise<BatchEntry> {
  const { source, tally, signal } = item;
  tally.enter("checking");
  const { name, size, mediaType } = source;
  const bytes = new Uint8Array(size);
  let filled = 0;
  for await (const chunk of toChunks(source.open({ start: 0, end: size }, signal), signal)) {
    if (filled + chunk.byteLength > size) throw sourceChanged(name);
    bytes.set(chunk, filled);
    filled += chunk.byteLength;
  }
  if (filled !== size) throw sourceChanged(name);
  const { createHasher } = options;
  const sha256 =
    createHasher === undefined ? undefined : await hashChunks([bytes], { createHasher, signal });
  return { name, bytes, sha256, mediaType };
}

/** Aborts the request only when nobody wants any of its files any more. */
function anyStillWanted(batch: readonly Waiting[]): AbortSignal {
  const controller = new AbortController();
  let wanted = batch.length;
  for (const item of batch) {
    const { signal } = item;
    signal?.addEventListener(
      "abort",
      () => {
        item.reject(signal.reason);
        wanted -= 1;
        if (wanted === 0) controller.abort(signal.reason);
      },
      { once: true },
    );
  }
  return controller.signal;
}
