/**
 * The job port. Jobs are inserted in the transaction that makes them due (stores do that); a worker claims one under a lease, and
 * delivery is at least once: handlers are idempotent.
 *
 *   ready → running            claim: lease until now + leaseMs, attempt + 1
 *   running → done             the row is deleted
 *   running → ready            failure with attempts left (runAt moves by the backoff), or the lease ran out or was reclaimed
 *   running → dead             failure on the last attempt; kept, visible, retried by hand
 */
export interface Job {
  readonly id: string;
  readonly kind: string;
  readonly payload: string;
  readonly attempt: number;
  readonly leaseUntil: number;
}

export interface JobQueue {
  /** `key` makes it unique among jobs not yet finished: a second enqueue of the same key is a no-op. */
  enqueue(input: {
    id: string;
    kind: string;
    payload: string;
    key?: string;
    runAt: number;
    maxAttempts?: number;
  }): Promise<void>;
  claim(input: {
    kinds: readonly string[];
    now: number;
    leaseMs: number;
  }): Promise<Job | undefined>;
  /** Extends the lease; false when it was lost. */
  heartbeat(input: { id: string; attempt: number; leaseUntil: number }): Promise<boolean>;
  /** Ends every lease, because whoever held one is gone: what was running is due. The attempt counts. */
  reclaim(input: { now: number }): Promise<void>;
  finish(input: { id: string; attempt: number }): Promise<void>;
  fail(input: {
    id: string;
    attempt: number;
    error: string;
    retryAt: number;
  }): Promise<"retry" | "dead">;
  counts(): Promise<Record<"ready" | "running" | "dead", number>>;
}
