/** Bytes per second over the last few seconds. */
export interface SpeedMeter {
  /** Further bytes went out. */
  add(bytes: number): void;
  read(): number;
}

const WINDOW_MS = 4_000;
const SAMPLE_MS = 200;
/** Before this, one lucky burst would promise too much. */
const MIN_ELAPSED_MS = 500;

export function createSpeedMeter(nowMs: () => number = () => performance.now()): SpeedMeter {
  let samples = [{ atMs: nowMs(), bytes: 0 }];
  let totalBytes = 0;

  function forgetOld(): void {
    const oldestWantedMs = nowMs() - WINDOW_MS;
    while (samples.length > 1 && samples[1]!.atMs <= oldestWantedMs) samples.shift();
  }

  return {
    add(bytes) {
      // After a break the speed begins anew: the break says nothing about how fast it goes now.
      const isAfterBreak = bytes > 0 && nowMs() - samples.at(-1)!.atMs > WINDOW_MS;
      if (isAfterBreak) samples = [{ atMs: nowMs(), bytes: totalBytes }];
      totalBytes += bytes;
      if (nowMs() - samples.at(-1)!.atMs >= SAMPLE_MS) {
        samples.push({ atMs: nowMs(), bytes: totalBytes });
      }
      forgetOld();
    },
    read() {
      forgetOld();
      const { atMs, bytes } = samples[0]!;
      const elapsedMs = nowMs() - atMs;
      return elapsedMs < MIN_ELAPSED_MS ? 0 : ((totalBytes - bytes) / elapsedMs) * 1000;
    },
  };
}
