/** Requests of one caller: a burst at once, then so many a second. */
import type { Clock } from "../../../core/clock.ts";

export interface RateOptions {
  readonly perSecond: number;
  readonly burst: number;
}

/** Takes a token and answers 0, or, when the wait for one would be longer than `maxWaitMs`, takes none and answers that wait in ms. */
export type TakeToken = (caller: string) => {
  readonly waitMs: number;
  readonly isRefused: boolean;
};

const maxCallers = 10_000;

export function createTokenBuckets(
  { perSecond, burst }: RateOptions,
  { clock, maxWaitMs }: { clock: Clock; maxWaitMs: number },
): TakeToken {
  const buckets = new Map<string, { tokens: number; at: number }>();

  /** Who has been away long enough for a full bucket is as good as new. */
  const forgetIdle = (now: number): void => {
    const refillMs = (burst / perSecond) * 1000;
    for (const [caller, { at }] of buckets) if (now - at > refillMs) buckets.delete(caller);
  };

  return (caller) => {
    const now = clock.now();
    if (buckets.size >= maxCallers) forgetIdle(now);
    const bucket = buckets.get(caller) ?? { tokens: burst, at: now };
    const gained = (Math.max(0, now - bucket.at) / 1000) * perSecond;
    const tokens = Math.min(burst, bucket.tokens + gained);
    // Below zero the caller has borrowed: its requests leave one after another as tokens come.
    const waitMs = tokens >= 1 ? 0 : ((1 - tokens) / perSecond) * 1000;
    const isRefused = waitMs > maxWaitMs;
    buckets.set(caller, { tokens: isRefused ? tokens : tokens - 1, at: now });
    return { waitMs, isRefused };
  };
}
