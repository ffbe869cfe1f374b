/** Bytes per second over the last few seconds. */
export interface Meter {
  /** Tells the running total. */
  update(totalBytes: number): void;
  readonly bytesPerSecond: number;
}

const WINDOW_MS = 5_000;
const MIN_SPACING_MS = 100;

export function createMeter(nowMs: () => number = () => performance.now()): Meter {
  const samples = [{ atMs: nowMs(), bytes: 0 }];
  let latest = 0;
  return {
    update(totalBytes) {
      latest = totalBytes;
      const atMs = nowMs();
      if (atMs - (samples.at(-1)?.atMs ?? 0) < MIN_SPACING_MS) return;
      samples.push({ atMs, bytes: totalBytes });
      while (samples.length > 2 && atMs - (samples[0]?.atMs ?? 0) > WINDOW_MS) samples.shift();
    },
    get bytesPerSecond() {
      const oldest = samples[0];
      if (oldest === undefined) return 0;
      const elapsedMs = Math.max(MIN_SPACING_MS, nowMs() - oldest.atMs);
      return Math.max(0, ((latest - oldest.bytes) / elapsedMs) * 1000);
    },
  };
}
