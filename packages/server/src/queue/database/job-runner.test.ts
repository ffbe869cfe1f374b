import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newId } from "../../core/ids.ts";
import type { JobQueue } from "../../core/jobs/job-queue.ts";
import { createTestClock, openMachine, type Machine } from "../../core/testing/engine.ts";
import { startJobRunner } from "./job-runner.ts";

describe("the job runner", () => {
  const clock = createTestClock();
  let machine: Machine;
  let queue: JobQueue;
  beforeEach(async () => {
    machine = await openMachine();
    queue = machine.metadata.jobs;
  });
  afterEach(() => machine[Symbol.asyncDispose]());

  const enqueue = (payload: string, more: { maxAttempts?: number; kind?: string } = {}) =>
    queue.enqueue({ id: newId(), kind: "greet", payload, runAt: clock.now(), ...more });

  it("does what is due, each job once, and forgets what is done", async () => {
    const done: string[] = [];
    for (const name of ["a", "b", "c"]) await enqueue(name);
    await enqueue("other", { kind: "unknown" });
    await using runner = startJobRunner({
      queue,
      clock,
      handlers: { greet: async (payload) => void done.push(payload) },
      onFailure: () => undefined,
    });
    runner.wake();
    await expect.poll(() => done.toSorted()).toEqual(["a", "b", "c"]);
    await expect.poll(() => queue.counts()).toEqual({ ready: 1, running: 0, dead: 0 });
  });

  it("tries again what failed, after a while, and gives up in the end", async () => {
    const failures: string[] = [];
    await enqueue("a", { maxAttempts: 3 });
    await using runner = startJobRunner({
      queue,
      clock,
      handlers: { greet: () => Promise.reject(new Error("not today")) },
      onFailure: ({ outcome }) => failures.push(outcome),
    });
    for (const expected of [["retry"], ["retry", "retry"], ["retry", "retry", "dead"]]) {
      await expect.poll(() => failures, { timeout: 5_000 }).toEqual(expected);
      clock.advance(3_600_000);
      runner.wake();
    }
    expect(await queue.counts()).toEqual({ ready: 0, running: 0, dead: 1 });
  });

  it("ends when the job it is at has ended, and begins no other", async () => {
    const { promise: held, resolve: finish } = Promise.withResolvers<void>();
    const begun: string[] = [];
    await enqueue("a");
    await enqueue("b");
    const runner = startJobRunner({
      queue,
      clock,
      handlers: {
        greet: (payload) => {
          begun.push(payload);
          return held;
        },
      },
      onFailure: () => undefined,
    });
    await expect.poll(() => begun).toHaveLength(1);
    const ended = runner[Symbol.asyncDispose]();
    finish();
    await ended;
    expect(begun).toHaveLength(1);
    expect(await queue.counts()).toEqual({ ready: 1, running: 0, dead: 0 });
  });
});
