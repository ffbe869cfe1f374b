import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startMaintenance } from "./maintenance.ts";

describe("maintenance", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("runs its tasks in turn, a round at a time, and goes on after one that fails", async () => {
    const ran: string[] = [];
    const failures: string[] = [];
    const slow = Promise.withResolvers<void>();
    const maintenance = startMaintenance({
      intervalMs: 1_000,
      tasks: {
        expire: async () => void ran.push("expire"),
        sweep: () => Promise.reject(new Error("no disk")),
        compact: () => {
          ran.push("compact");
          return slow.promise;
        },
      },
      onError: ({ task }) => failures.push(task),
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(ran).toEqual([]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ran).toEqual(["expire", "compact"]);
    expect(failures).toEqual(["sweep"]);
    slow.resolve();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(ran).toEqual(["expire", "compact", "expire", "compact"]);
    await maintenance[Symbol.asyncDispose]();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ran).toHaveLength(4);
  });

  it("stops when its round has ended, and begins no further task", async () => {
    const ran: string[] = [];
    const first = Promise.withResolvers<void>();
    const maintenance = startMaintenance({
      intervalMs: 10,
      tasks: {
        one: () => {
          ran.push("one");
          return first.promise;
        },
        two: async () => void ran.push("two"),
      },
      onError: () => undefined,
    });
    await vi.advanceTimersByTimeAsync(10);
    let isStopped = false;
    const stopped = maintenance[Symbol.asyncDispose]().then(() => (isStopped = true));
    await vi.advanceTimersByTimeAsync(100);
    expect(isStopped).toBe(false);
    first.resolve();
    await stopped;
    expect(ran).toEqual(["one"]);
  });
});
