/**
 * Job `fetch-url`: one try at an offline download. Whatever ends it (the end of the content, a cut, a limit, its owner, a shutdown) is
 * written down as the fetch's next state; only faults of the database are left to the queue. Idempotent by the ticket's `run`.
 */
import type { Clock } from "../clock.ts";
import { isCoreError } from "../errors.ts";
import type { UploadLifecycle } from "../uploads/lifecycle.ts";
import type { Upload } from "../uploads/upload.ts";
import type { FetchLimits, FetchStore } from "./fetch-store.ts";
import type { Fetch, FetchTicket } from "./fetch.ts";
import { judge, type Verdict } from "./judge-failure.ts";
import { actorFor, createTransfer, GaveWay, type TransferDependencies } from "./transfer.ts";
import type { RunningFetches } from "./running.ts";

export interface RunFetchDependencies extends TransferDependencies {
  readonly fetches: FetchStore;
  readonly running: RunningFetches;
  readonly lifecycle: UploadLifecycle;
  readonly limits: FetchLimits & { readonly maxBytes: number };
  readonly clock: Clock;
  /** Asked again at each try: the setting or the role may have changed since it was queued. */
  readonly mayFetch: (accountId: string) => Promise<boolean>;
  /** What no rule foresees: written down as `internal`, and reported here. */
  readonly onFault: (facts: { fetchId: string; error: unknown }) => void;
}

export type RunFetch = (ticket: FetchTicket, signal: AbortSignal) => Promise<void>;

/** A try that brought so much was worth it: the count of tries begins anew. */
const worthwhileBytes = 1024 * 1024;
const lookAgainMs = 10_000;

export function createRunFetch(dependencies: RunFetchDependencies): RunFetch {
  const { fetches, running, uploads, limits, clock } = dependencies;
  const transfer = createTransfer(dependencies);

  return async (ticket, stop) => {
    const fetch = await fetches.begin({ ...ticket, now: clock.now() });
    if (!fetch) return;
    if (!(await dependencies.mayFetch(fetch.ownerId))) return refuse(fetch);
    const work = running.enter(fetch.id, stop);
    try {
      const upload = await transfer(fetch, work);
      await fetches.end({
        ...ticket,
        ending: {
          state: "complete",
          fileId: upload.fileId,
          parentId: upload.parentId === fetch.ownerId ? null : upload.parentId,
          receivedBytes: upload.receivedBytes,
        },
        limits,
        now: clock.now(),
      });
    } catch (error) {
      await writeDown(error, { fetch, stop });
    } finally {
      work.leave();
    }
  };

  async function writeDown(
    error: unknown,
    { fetch, stop }: { fetch: Fetch; stop: AbortSignal },
  ): Promise<void> {
    const { id, run } = fetch;
    const ticket = { id, run };
    const now = clock.now();
    const latest = await fetches.find(id);
    // Cancelled, or in other hands.
    if (latest?.run !== run) return;
    const upload = latest.uploadId === null ? undefined : await uploads.find(latest.uploadId);
    const gaveWay = error instanceof GaveWay || isCoreError(error, "upload-paused");
    if (stop.aborted || gaveWay) {
      const { attempts, failure } = fetch;
      const at = gaveWay ? now + lookAgainMs : now;
      await fetches.postpone({ ...ticket, attempts, failure, anew: false, at, now });
      return;
    }

    const gained = (upload?.receivedBytes ?? 0) - fetch.receivedBytes;
    const attempts = gained >= worthwhileBytes ? 1 : fetch.attempts + 1;
    const verdict = judge(error, { attempts, ageMs: now - fetch.createdAt });
    if (verdict.failure.code === "internal") dependencies.onFault({ fetchId: id, error });
    await settle(verdict, { ticket, attempts, now });
    if (verdict.discard && upload) await discard(upload, fetch);
  }

  async function refuse({ id, run, attempts }: Fetch): Promise<void> {
    const failure = {
      code: "not-allowed" as const,
      detail: "offline downloads are not allowed here any more",
    };
    const ending = { state: "failed" as const, failure, attempts };
    await fetches.end({ id, run, ending, limits, now: clock.now() });
  }

  async function settle(
    verdict: Verdict,
    { ticket, attempts, now }: { ticket: FetchTicket; attempts: number; now: number },
  ): Promise<void> {
    const { failure, retryInMs, discard: anew } = verdict;
    if (retryInMs === undefined)
      await fetches.end({ ...ticket, ending: { state: "failed", failure, attempts }, limits, now });
    else await fetches.postpone({ ...ticket, attempts, failure, anew, at: now + retryInMs, now });
  }

  async function discard({ id }: Upload, fetch: Fetch): Promise<void> {
    try {
      await dependencies.lifecycle.abort(id, actorFor(fetch));
    } catch (error) {
      // It has ended in another way meanwhile: then nothing is left to free.
      if (!isCoreError(error)) throw error;
    }
  }
}
