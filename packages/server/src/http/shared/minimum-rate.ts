/** Cuts senders that all but stopped. Time in which we did not read (back-pressure) is not held against the sender. */
export interface RateLimits {
  readonly minBytesPerSecond: number;
  /** Measured over this long, so that a slow but steady sender, or a short pause, is never cut. */
  readonly windowMs: number;
}

export interface RateMonitor {
  count(bytes: number): void;
  stop(): void;
}

export function watchRate(
  { minBytesPerSecond, windowMs }: RateLimits,
  { isReading, onTooSlow }: { isReading: () => boolean; onTooSlow: () => void },
): RateMonitor {
  const ticks = 10;
  const history: number[] = [];
  let bytes = 0;
  const timer = setInterval(() => {
    // A tick in which we held the sender back says nothing about it.
    if (!isReading()) {
      bytes = 0;
      history.length = 0;
      return;
    }
    history.push(bytes);
    bytes = 0;
    if (history.length < ticks) return;
    const total = history.reduce((sum, count) => sum + count, 0);
    history.shift();
    if (total < (minBytesPerSecond * windowMs) / 1000) onTooSlow();
  }, windowMs / ticks);
  return {
    count(more) {
      bytes += more;
    },
    stop: () => clearInterval(timer),
  };
}
