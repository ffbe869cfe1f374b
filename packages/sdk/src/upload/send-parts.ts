/**
 * Sends an upload's missing parts over a shared link, several requests at once.
 *
 * One request carries a run of consecutive parts, as many as the link moves in one to two seconds.
 * After a failure the server is asked what it holds; only what is still missing is sent again.
 */
import type { CallOptions } from "../call.ts";
import type { Client } from "../client.ts";
import type { CreateHasher } from "../digest.ts";
import { asRetryable, connectionLost, hasCode, SampanError } from "../errors.ts";
import type { Link, Slot } from "../link.ts";
import { withRetry, type RetryBudget } from "../retry.ts";
import { hashSource, type ByteRange, type UploadSource } from "../source.ts";
import type { Upload } from "../wire.ts";
import { createPlan, listParts, type Plan, type Run } from "./plan.ts";
import type { Flight, Tally } from "./tally.ts";

/** Where parts go: an upload of one's own, or one to a link. */
export interface PartsClient {
  putPart: Client["putPart"];
  getUpload(id: string, options: CallOptions): Promise<Pick<Upload, "state" | "missing">>;
}

export interface SendJob {
  client: PartsClient;
  upload: Pick<Upload, "id" | "partSize" | "missing">;
  source: UploadSource;
  link: Link;
  budget: RetryBudget;
  tally: Tally;
  signal?: AbortSignal | undefined;
  /** Upper limit for one request, however fast the link. */
  maxRunBytes: number;
  /** Present when each request shall carry a `Content-Digest`. */
  createPartHasher?: CreateHasher | undefined;
}

/** `weak-link`: even single parts are cut again and again; appending keeps what arrives. */
export type SendOutcome = "sent" | "weak-link";

/** A single part cut this often in a row will not get through whole. */
const CUTS_OF_A_WEAK_LINK = 3;

export async function sendParts(job: SendJob): Promise<SendOutcome> {
  const plan = createPlan(job.upload.missing ?? []);
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(job.signal === undefined ? [] : [job.signal])]);
  const state: SendState = { plan, signal, maxRunBytes: job.maxRunBytes, isWeak: false };
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];

  function launch(run: Run, slot: Slot): void {
    const task = sendRun(job, state, { run, slot })
      .catch((error: unknown) => {
        failures.push(error);
        stop.abort(error);
      })
      .finally(() => {
        slot.release();
        running.delete(task);
      });
    running.add(task);
  }

  try {
    while (!signal.aborted && !state.isWeak) {
      if (plan.remaining === 0) {
        if (running.size === 0) break;
        await Promise.race(running);
        continue;
      }
      const slot = await job.link.acquire(signal);
      const run = plan.take(partsPerRun(job, state));
      if (run === null) slot.release();
      else launch(run, slot);
    }
  } catch (error) {
    failures.push(error);
    stop.abort(error);
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
  job.signal?.throwIfAborted();
  return state.isWeak ? "weak-link" : "sent";
}

interface SendState {
  readonly plan: Plan;
  readonly signal: AbortSignal;
  maxRunBytes: number;
  isWeak: boolean;
}

/** Near the end the rest is shared out, so that no single request is waited for. */
function partsPerRun(job: SendJob, state: SendState): number {
  const wanted = Math.min(job.link.requestBytes, state.maxRunBytes) / job.upload.partSize;
  return Math.min(wanted, Math.ceil(state.plan.remaining / job.link.concurrency));
}

/** Resolves when the run is held, or its rest is back in the plan. Keeps its slot meanwhile. */
async function sendRun(
  job: SendJob,
  state: SendState,
  start: { run: Run; slot: Slot },
): Promise<void> {
  let run: Run | null = start.run;
  let cuts = 0;
  for (let failures = 0; run !== null; failures += 1) {
    const flight = job.tally.beginFlight();
    start.slot.begin();
    try {
      await putRun(job, run, { flight, signal: state.signal });
      landRun(job, listParts(run), flight);
      start.slot.succeed(runBytes(job, run));
      return;
    } catch (error) {
      const sentBytes = flight.sentBytes;
      flight.lose();
      state.signal.throwIfAborted();
      const reason = explainFailure(error, run, { job, state });
      start.slot.fail();
      if (isCut(reason) && sentBytes > 0 && run.end - run.first === 1) cuts += 1;
      await job.budget.waitAfter(reason, failures, state.signal);
      await job.source.checkUnchanged?.();
      run = await keepMissing(job, state, run);
      if (run !== null && cuts >= CUTS_OF_A_WEAK_LINK) {
        state.isWeak = true;
        return;
      }
    }
  }
}

async function putRun(
  job: SendJob,
  run: Run,
  options: { flight: Flight; signal: AbortSignal },
): Promise<void> {
  const { client, upload, source, createPartHasher } = job;
  const { flight, signal } = options;
  const range = runRange(job, run);
  const sha256 =
    createPartHasher === undefined
      ? undefined
      : ((await hashSource(source, { createHasher: createPartHasher, range, signal })) ??
        undefined);
  const receipt = await client.putPart({
    uploadId: upload.id,
    number: run.first,
    body: { byteLength: range.end - range.start, content: source.open(range, signal) },
    sha256,
    signal,
    onBodySent: (bytes) => flight.sent(bytes),
  });
  if (receipt.start !== range.start || receipt.length !== range.end - range.start) {
    throw connectionLost(new Error(`only ${receipt.length} bytes were acknowledged`));
  }
}

function landRun(job: SendJob, parts: number[], flight: Flight): void {
  const bytes = parts.reduce((sum, part) => sum + runBytes(job, { first: part, end: part + 1 }), 0);
  flight.land(bytes);
  if (bytes > 0) job.budget.noteProgress();
}

/** Asks what is still missing of a failed run; returns what to send now, gives back the rest. */
async function keepMissing(job: SendJob, state: SendState, run: Run): Promise<Run | null> {
  const { client, upload, budget } = job;
  const now = await withRetry(() => client.getUpload(upload.id, { signal: state.signal }), {
    budget,
    signal: state.signal,
  });
  if (now.state === "complete") throw uploadComplete(upload.id);
  const missing = new Set(now.missing ?? []);
  const parts = listParts(run);
  landRun(
    job,
    parts.filter((part) => !missing.has(part)),
    job.tally.beginFlight(),
  );
  const rest = createPlan(parts.filter((part) => missing.has(part)));
  const next = rest.take(partsPerRun(job, state));
  for (let left = rest.take(Infinity); left !== null; left = rest.take(Infinity)) {
    state.plan.giveBack(listParts(left));
  }
  return next;
}

/** Makes the two refusals retryable that a smaller or a later request answers. */
function explainFailure(
  error: unknown,
  run: Run,
  { job, state }: { job: SendJob; state: SendState },
): unknown {
  const isTooLong = error instanceof SampanError && error.status === 413;
  if (isTooLong && run.end - run.first > 1) {
    state.maxRunBytes = job.upload.partSize;
    return asRetryable(error);
  }
  return hasCode(error, "superseded") ? asRetryable(error) : error;
}

/** It is complete though this run has not arrived: another request proved that the server has the content. */
function uploadComplete(id: string): SampanError {
  return new SampanError("The upload is complete", { code: "upload-complete", facts: { id } });
}

function isCut(error: unknown): boolean {
  return (
    hasCode(error, "connection-lost") || (error instanceof SampanError && error.status === 408)
  );
}

function runRange(job: SendJob, run: Run): ByteRange {
  const { partSize } = job.upload;
  return { start: run.first * partSize, end: Math.min(job.source.size, run.end * partSize) };
}

function runBytes(job: SendJob, run: Run): number {
  const { start, end } = runRange(job, run);
  return end - start;
}
