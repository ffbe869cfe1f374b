/**
 * One batch of small files: load and hash them, send them, and settle each by its own result.
 *
 * A batch whose answer was lost is sent again; files it stored the first time are then recognised
 * by their digest. That is exact for `fail` and `replace`; `keep-both` must not go this way.
 */
import type { Client } from "../client.ts";
import type { BatchResult } from "../client/files.ts";
import { createGate } from "../concurrency.ts";
import { hashChunks, type CreateHasher } from "../digest.ts";
import { hasCode, isRetryable, SampanError } from "../errors.ts";
import { createRetryBudget, type RetryBudget, type RetryOptions } from "../retry.ts";
import { sourceChanged, toChunks, type UploadSource } from "../source.ts";
import type { OnConflict, StoredFile } from "../wire.ts";
import { encodeBatch, type BatchEntry } from "./batch-body.ts";
import { findFiles, holds, nameTaken } from "./find-equal.ts";
import type { SentFile } from "./send-file.ts";
import type { Tally } from "./tally.ts";

export interface SendBatchOptions {
  client: Client;
  retry: RetryOptions;
  createHasher?: CreateHasher | undefined;
}

export interface BatchItem {
  source: UploadSource;
  tally: Tally;
  onConflict: Exclude<OnConflict, "keep-both">;
  /** The folder; the root unless said. */
  parentId?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface Waiting extends BatchItem {
  resolve(sent: SentFile): void;
  reject(error: unknown): void;
}

interface Loaded {
  item: Waiting;
  entry: BatchEntry;
}

interface Session extends SendBatchOptions {
  budget: RetryBudget;
  /** Of all files of the batch. */
  parentId: string | undefined;
  signal: AbortSignal;
}

const READS_AT_ONCE = 16;

/** Settles every item; never rejects itself. */
export async function sendBatch(
  batch: readonly Waiting[],
  options: SendBatchOptions,
): Promise<void> {
  const budget = createRetryBudget(options.retry);
  const parentId = batch[0]?.parentId;
  const session = { ...options, budget, parentId, signal: abortWhenUnwanted(batch) };
  let rest = await loadAll(batch, options);
  try {
    if (batch[0]?.onConflict === "replace") rest = await settleEqual(rest, session);
    for (let failures = 0; rest.length > 0; failures += 1) {
      const outcome = await attemptBatch(rest, session);
      await settleTaken(outcome.taken, { session, isRepeat: failures > 0 });
      rest = outcome.again.filter(({ item }) => item.signal?.aborted !== true);
      if (rest.length > 0) await budget.waitAfter(outcome.error, failures, session.signal);
    }
  } catch (error) {
    for (const { item } of rest) item.reject(error);
  }
}

interface Outcome {
  /** What to send again, and why. */
  again: Loaded[];
  error: unknown;
  /** Refused because of the name. */
  taken: Loaded[];
}

/** Settles what was stored or refused for good. */
async function attemptBatch(batch: Loaded[], session: Session): Promise<Outcome> {
  const { client, parentId, signal } = session;
  for (const { item } of batch) item.tally.enter("sending");
  const outcome: Outcome = { again: [], error: null, taken: [] };
  let results: BatchResult[];
  try {
    const body = encodeBatch(batch.map(({ entry }) => entry));
    results = await client.putBatch({
      body,
      parentId,
      onConflict: batch[0]?.item.onConflict,
      signal,
    });
  } catch (error) {
    if (!isRetryable(error)) throw error;
    return { ...outcome, again: batch, error };
  }
  for (const [index, loaded] of batch.entries()) {
    const result = results[index] ?? { error: leftOut() };
    if ("file" in result) settleStored(loaded, result.file);
    else if (hasCode(result.error, "name-taken")) outcome.taken.push(loaded);
    else if (isRetryable(result.error)) {
      outcome.again.push(loaded);
      outcome.error = result.error;
    } else loaded.item.reject(result.error);
  }
  return outcome;
}

function settleStored({ item, entry }: Loaded, file: StoredFile): void {
  item.tally.beginFlight().land(entry.bytes.byteLength);
  item.resolve({ status: "stored", file, uploadId: null });
}

/** Settles what is there with the same bytes; returns the others. */
async function settleEqual(batch: Loaded[], session: Session): Promise<Loaded[]> {
  const names = batch.map(({ entry }) => entry.name);
  const found = await findFiles(names, session);
  return batch.filter(({ item, entry }) => {
    const file = found.get(entry.name);
    if (file === undefined || !holds(file, entry.sha256 ?? null)) return true;
    item.resolve({ status: "already-there", file, uploadId: null });
    return false;
  });
}

/** A taken name is fine when it holds these very bytes. */
async function settleTaken(
  taken: Loaded[],
  { session, isRepeat }: { session: Session; isRepeat: boolean },
): Promise<void> {
  if (taken.length === 0) return;
  const found = await findFiles(
    taken.map(({ entry }) => entry.name),
    session,
  );
  for (const loaded of taken) {
    const { item, entry } = loaded;
    const file = found.get(entry.name) ?? (await findFiles([entry.name], session)).get(entry.name);
    if (file === undefined || !holds(file, entry.sha256 ?? null)) {
      item.reject(nameTaken(entry.name));
    } else if (isRepeat) {
      // An earlier attempt may have stored it and lost the answer; those bytes did travel.
      settleStored(loaded, file);
    } else item.resolve({ status: "already-there", file, uploadId: null });
  }
}

async function loadAll(batch: readonly Waiting[], options: SendBatchOptions): Promise<Loaded[]> {
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

async function load(item: Waiting, options: SendBatchOptions): Promise<BatchEntry> {
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

/** Rejects each item when its own signal fires; aborts the request when nobody wants any of it. */
function abortWhenUnwanted(batch: readonly Waiting[]): AbortSignal {
  const controller = new AbortController();
  let wanted = batch.length;
  for (const { signal, reject } of batch) {
    const leave = (): void => {
      reject(signal?.reason);
      wanted -= 1;
      if (wanted === 0) controller.abort(signal?.reason);
    };
    signal?.addEventListener("abort", leave, { once: true });
  }
  return controller.signal;
}

function leftOut(): SampanError {
  return new SampanError("The server left out a result of the batch", {
    code: "unexpected-response",
  });
}
