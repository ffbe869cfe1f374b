/**
 * Runs jobs from the database queue in this process: claims under a lease, extends it while the handler works, retries with
 * exponential backoff and jitter, and leaves what cannot be done in the dead-letter state.
 */
import type { Clock } from "../../core/clock.ts";
import type { Job, JobQueue } from "../../core/jobs/job-queue.ts";

export type JobHandler = (payload: string) => Promise<void>;

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
  onFailure,
}: {
  queue: JobQueue;
  handlers: Readonly<Record<string, JobHandler>>;
  clock: Clock;
  onFailure: (facts: { job: Job; error: unknown; outcome: "retry" | "dead" }) => void;
}): JobRunner {
  const kinds = Object.keys(handlers);
  let stopped = false;
  let wakeUp: (() => void) | undefined;

  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const perform = async (job: Job): Promise<void> => {
    const { id, attempt } = job;
    const beat = setInterval(() => {
      // A lost lease shows when the job is finished; a failed heartbeat only makes another attempt likelier.
      queue
        .heartbeat({ id, attempt, leaseUntil: clock.now() + leaseMs })
        .catch((error: unknown) => onFailure({ job, error, outcome: "retry" }));
    }, leaseMs / 3);
    try {
      await handlers[job.kind]!(job.payload);
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

  const loop = async (): Promise<void> => {
    while (!stopped) {
      const job = await queue.claim({ kinds, now: clock.now(), leaseMs });
      if (job) await perform(job);
      else await sleep(pollMs);
    }
  };
  const running = loop();

  return {
    wake: () => wakeUp?.(),
    async [Symbol.asyncDispose]() {
      stopped = true;
      wakeUp?.();
      await running;
    },
  };
}

/** Full jitter: attempts of many jobs that failed together do not come back together. */
function backoff(attempt: number): number {
  return Math.random() * Math.min(maxRetryMs, firstRetryMs * 2 ** attempt);
}
