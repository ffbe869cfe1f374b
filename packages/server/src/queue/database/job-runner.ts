/**
 * Runs jobs from the database queue in this process: claims under a lease, extends it while the handler works, retries with
 * exponential backoff and jitter, and leaves what cannot be done in the dead-letter state.
 */
import type { Clock } from "../../core/clock.ts";
import type { Job, JobQueue } from "../../core/jobs/job-queue.ts";

/** `signal` aborts when the lease was lost or the runner stops: a long job then leaves what it has done and ends. */
export type JobHandler = (payload: string, signal: AbortSignal) => Promise<void>;

export interface JobRunner extends AsyncDisposable {
  /** Look for work now rather than at the next poll. */
  wake(): void;
}

const leaseMs = 60_000;
const pollMs = 1_000;
const firstRetryMs = 1_000;
const maxRetryMs = 10 * 60_000;

export function startJobRunner({
  queue,
  handlers,
  clock,
  concurrency = 1,
  onFailure,
}: {
  queue: JobQueue;
  handlers: Readonly<Record<string, JobHandler>>;
  clock: Clock;
  /** Jobs at work at once. */
  concurrency?: number;
  onFailure: (facts: { job: Job; error: unknown; outcome: "retry" | "dead" }) => void;
}): JobRunner {
  const kinds = Object.keys(handlers);
  const stop = new AbortController();
  const working = new Set<Promise<void>>();
  let wakeUp: (() => void) | undefined;
  /** Called while nobody slept: the next sleep is none. */
  let isWoken = false;

  const wake = (): void => {
    isWoken = true;
    wakeUp?.();
  };
  const sleep = async (ms: number): Promise<void> => {
    if (!isWoken) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    isWoken = false;
  };

  const perform = async (job: Job): Promise<void> => {
    const { id, attempt } = job;
    const lost = new AbortController();
    const beat = setInterval(() => {
      queue.heartbeat({ id, attempt, leaseUntil: clock.now() + leaseMs }).then(
        (isOurs) => {
          if (!isOurs) lost.abort();
        },
        // A failed heartbeat only makes another attempt likelier.
        (error: unknown) => onFailure({ job, error, outcome: "retry" }),
      );
    }, leaseMs / 3);
    try {
      await handlers[job.kind]!(job.payload, AbortSignal.any([stop.signal, lost.signal]));
      await queue.finish({ id, attempt });
    } catch (error) {
      const outcome = await queue.fail({
        id,
        attempt,
        error: String(error),
        retryAt: clock.now() + backoff(attempt),
      });
      onFailure({ job, error, outcome });
    } finally {
      clearInterval(beat);
    }
  };

  const begin = (job: Job): void => {
    const work = perform(job).finally(() => {
      working.delete(work);
      wake();
    });
    working.add(work);
  };

  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const isFree = working.size < concurrency;
      const job = isFree ? await queue.claim({ kinds, now: clock.now(), leaseMs }) : undefined;
      if (job) begin(job);
      else await sleep(pollMs);
    }
    await Promise.all(working);
  };
  const running = loop();

  return {
    wake,
    async [Symbol.asyncDispose]() {
      stop.abort();
      wake();
      await running;
    },
  };
}

/** Full jitter: attempts of many jobs that failed together do not come back together. */
function backoff(attempt: number): number {
  return Math.random() * Math.min(maxRetryMs, firstRetryMs * 2 ** attempt);
}
