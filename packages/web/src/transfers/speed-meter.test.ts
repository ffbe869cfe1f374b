import { describe, expect, it } from "vitest";
import { createSpeedMeter } from "./speed-meter.ts";

function measured() {
  let nowMs = 0;
  const meter = createSpeedMeter(() => nowMs);
  const send = (bytesPerSecond: number, seconds: number): void => {
    for (let step = 0; step < seconds * 10; step += 1) {
      nowMs += 100;
      meter.add(bytesPerSecond / 10);
    }
  };
  const wait = (seconds: number): void => {
    nowMs += seconds * 1000;
  };
  return { meter, send, wait };
}

describe("the speed meter", () => {
  it("says nothing before there is something to go by", () => {
    expect(measured().meter.read()).toBe(0);
  });

  it("follows the last seconds, not the average of all", () => {
    const { meter, send } = measured();
    send(1_000, 60);
    send(5_000, 6);
    expect(meter.read()).toBeCloseTo(5_000, -2);
  });

  it("sinks while nothing moves, and is right again soon after a break", () => {
    const { meter, send, wait } = measured();
    send(1_000, 10);
    wait(6);
    expect(meter.read()).toBeLessThan(500);
    wait(30);
    send(1_000, 1);
    expect(meter.read()).toBeGreaterThan(800);
  });
});
