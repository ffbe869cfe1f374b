import { describe, expect, it } from "vitest";
import { createTestClock } from "../../../core/testing/engine.ts";
import { createTokenBuckets } from "./token-bucket.ts";
import { createWorkQueue } from "./work-queue.ts";

describe("a token bucket", () => {
  it("lets a burst through, then delays, then refuses, and forgives with time", () => {
    const clock = createTestClock();
    const take = createTokenBuckets({ perSecond: 10, burst: 3 }, { clock, maxWaitMs: 200 });
    const waits = Array.from({ length: 6 }, () => take("a"));
    expect(waits.map(({ waitMs }) => Math.round(waitMs))).toEqual([0, 0, 0, 100, 200, 300]);
    expect(waits.map(({ isRefused }) => isRefused)).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
    clock.advance(1_000);
    expect(take("a")).toEqual({ waitMs: 0, isRefused: false });
  });

  it("has one for each caller", () => {
    const clock = createTestClock();
    const take = createTokenBuckets({ perSecond: 1, burst: 1 }, { clock, maxWaitMs: 0 });
    expect([take("a"), take("a"), take("b")].map(({ isRefused }) => isRefused)).toEqual([
      false,
      true,
      false,
    ]);
  });

  it("keeps no more callers than it must", () => {
    const clock = createTestClock();
    const take = createTokenBuckets({ perSecond: 100, burst: 1 }, { clock, maxWaitMs: 0 });
    for (let i = 0; i < 30_000; i++) {
      if (i % 1_000 === 0) clock.advance(1_000);
      expect(take(`caller ${i}`).isRefused).toBe(false);
    }
  });
});

describe("a work queue", () => {
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it("runs so many of each user and in all, and the rest in order and in turn", async () => {
    const queue = createWorkQueue({ perUser: 2, total: 3, waiting: 10 });
    const order: string[] = [];
    const leaves: (() => void)[] = [];
    const enter = async (user: string, name: string) => {
      const leave = await queue.enter(user)!;
      order.push(name);
      leaves.push(leave);
    };
    const all = [
      enter("a", "a1"),
      enter("a", "a2"),
      enter("a", "a3"),
      enter("a", "a4"),
      enter("b", "b1"),
      enter("b", "b2"),
    ];
    await settle();
    expect(order).toEqual(["a1", "a2", "b1"]);
    expect([queue.running, queue.waiting]).toEqual([3, 3]);
    leaves[0]!();
    leaves[0]!();
    await settle();
    expect(order).toHaveLength(4);
    for (let i = 1; i < 6; i++) {
      leaves[i]!();
      await settle();
    }
    await Promise.all(all);
    expect(order.toSorted()).toEqual(["a1", "a2", "a3", "a4", "b1", "b2"]);
    expect(order.filter((name) => name.startsWith("a"))).toEqual(["a1", "a2", "a3", "a4"]);
    expect([queue.running, queue.waiting]).toEqual([0, 0]);
  });

  it("refuses more than may wait, of that user alone", async () => {
    const queue = createWorkQueue({ perUser: 1, total: 10, waiting: 1 });
    const leave = await queue.enter("a")!;
    void queue.enter("a");
    expect(queue.enter("a")).toBeUndefined();
    expect(queue.enter("b")).toBeDefined();
    leave();
    await settle();
    expect(queue.enter("a")).toBeDefined();
  });
});
