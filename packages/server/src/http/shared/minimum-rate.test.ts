import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { watchRate } from "./minimum-rate.ts";

describe("the minimum rate", () => {
  const limits = { minBytesPerSecond: 16, windowMs: 60_000 };
  let slow: number;
  let isReading: boolean;
  beforeEach(() => {
    vi.useFakeTimers();
    [slow, isReading] = [0, true];
  });
  afterEach(() => void vi.useRealTimers());

  const watch = () => watchRate(limits, { isReading: () => isReading, onTooSlow: () => slow++ });
  /** Sends so many bytes each second. */
  const send = (monitor: ReturnType<typeof watch>, { bytes, seconds }: Record<string, number>) => {
    for (let second = 0; second < seconds!; second++) {
      vi.advanceTimersByTime(999);
      monitor.count(bytes!);
      vi.advanceTimersByTime(1);
    }
  };

  it("is measured over the whole window before anybody is cut", () => {
    const monitor = watch();
    send(monitor, { bytes: 0, seconds: 59 });
    expect(slow).toBe(0);
    send(monitor, { bytes: 0, seconds: 2 });
    expect(slow).toBeGreaterThan(0);
    monitor.stop();
  });

  it("lets a steady sender go on for ever that is just fast enough", () => {
    const monitor = watch();
    send(monitor, { bytes: 17, seconds: 3_600 });
    expect(slow).toBe(0);
    monitor.stop();
  });

  it("cuts a steady sender that is just too slow", () => {
    const monitor = watch();
    send(monitor, { bytes: 15, seconds: 61 });
    expect(slow).toBeGreaterThan(0);
    monitor.stop();
  });

  it("lets a sender pause that was fast before", () => {
    const monitor = watch();
    send(monitor, { bytes: 2_000, seconds: 1 });
    send(monitor, { bytes: 0, seconds: 50 });
    expect(slow).toBe(0);
    send(monitor, { bytes: 0, seconds: 15 });
    expect(slow).toBeGreaterThan(0);
    monitor.stop();
  });

  it("does not count the time in which nobody read", () => {
    const monitor = watch();
    isReading = false;
    send(monitor, { bytes: 0, seconds: 600 });
    isReading = true;
    send(monitor, { bytes: 0, seconds: 55 });
    expect(slow).toBe(0);
    monitor.stop();
  });

  it("is not watched any more after it was stopped", () => {
    watch().stop();
    vi.advanceTimersByTime(600_000);
    expect(slow).toBe(0);
  });
});
