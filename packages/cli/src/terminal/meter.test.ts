import { expect, test } from "vitest";
import { createMeter } from "./meter.ts";

test("measures the last seconds, not the whole time", () => {
  let nowMs = 0;
  const meter = createMeter(() => nowMs);
  for (let second = 1; second <= 20; second += 1) {
    nowMs = second * 1_000;
    meter.update(second <= 10 ? second * 1_000_000 : 10_000_000 + (second - 10) * 1_000);
  }
  expect(meter.bytesPerSecond).toBe(1_000);
});

test("falls towards nothing while nothing moves", () => {
  let nowMs = 0;
  const meter = createMeter(() => nowMs);
  nowMs = 1_000;
  meter.update(1_000_000);
  expect(meter.bytesPerSecond).toBe(1_000_000);
  nowMs = 10_000;
  expect(meter.bytesPerSecond).toBeLessThan(200_000);
});
