/**
 * When to try again. Only retryable errors are retried, after an exponential backoff with full
 * jitter, never earlier than `Retry-After` asks. The budget is time, counted from the first failure
 * since the last progress: whoever shares a `RetryBudget` may fail as often as it likes while
 * somebody's bytes still arrive.
 */
import { isRetryable } from "./errors.ts";
import { systemClock, type Clock } from "./clock.ts";

export interface RetryOptions {
  /** Give up when failures without progress between them last this long. Default 120,000. */
  retryForMs?: number | undefined;
  /** Backoff grows from `baseMs` (250) to at most `capMs` (5,000). */
  baseMs?: number | undefined;
  capMs?: number | undefined;
  clock?: Clock | undefined;
  random?: (() => number) | undefined;
  /** Told before each wait. */
  onRetry?: ((event: RetryEvent) => void) | undefined;
}

export interface RetryEvent {
  error: Error;
  delayMs: number;
}

export interface RetryBudget {
  /** Bytes arrived for good: the budget is whole again. A status query is no progress. */
  noteProgress(): void;
  /** Waits before attempt number `attempt + 2`; rethrows an error that must not be retried. */
  waitAfter(error: unknown, attempt: number, signal?: AbortSignal): Promise<void>;
}

export function createRetryBudget(options: RetryOptions = {}): RetryBudget {
  const { retryForMs = 120_000, baseMs = 250, capMs = 5_000, onRetry } = options;
  const { clock = systemClock, random = Math.random } = options;
  let failingSinceMs: number | null = null;
  return {
    noteProgress() {
      failingSinceMs = null;
    },
    async waitAfter(error, attempt, signal) {
      signal?.throwIfAborted();
      if (!isRetryable(error)) throw error;
      const backoffMs = random() * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
      const delayMs = Math.max(backoffMs, error.retryAfterMs ?? 0);
      failingSinceMs ??= clock.nowMs();
      if (clock.nowMs() + delayMs - failingSinceMs > retryForMs) throw error;
      onRetry?.({ error, delayMs });
      await clock.sleep(delayMs, signal);
    },
  };
}

/** Runs `attempt` until it succeeds, fails for good, or the budget is spent. */
export async function withRetry<Result>(
  attempt: () => Promise<Result>,
  options: { budget: RetryBudget; signal?: AbortSignal | undefined },
): Promise<Result> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      await options.budget.waitAfter(error, failures, options.signal);
    }
  }
}
