import { expect, test } from "vitest";
import { SampanError } from "./errors.ts";
import { createRetryBudget, withRetry } from "./retry.ts";
import { createManualClock } from "./testing/harness.ts";

const lost = new SampanError("lost", { code: "connection-lost", retryable: true });
const refused = new SampanError("no", { code: "quota-exceeded", status: 507 });

test("doubles the wait up to the cap", async () => {
  const clock = createManualClock();
  const budget = createRetryBudget({ baseMs: 100, capMs: 500, clock, random: () => 1 });
  for (const attempt of [0, 1, 2, 3, 9]) await budget.waitAfter(lost, attempt);
  expect(clock.slept).toEqual([100, 200, 400, 500, 500]);
});

test("jitters over the whole interval", async () => {
  const clock = createManualClock();
  const randoms = [0, 0.5];
  const budget = createRetryBudget({ baseMs: 100, clock, random: () => randoms.shift() ?? 1 });
  await budget.waitAfter(lost, 0);
  await budget.waitAfter(lost, 0);
  expect(clock.slept).toEqual([0, 50]);
});

test("waits at least as long as Retry-After asks", async () => {
  const clock = createManualClock();
  const budget = createRetryBudget({ clock, random: () => 0 });
  const busy = new SampanError("busy", { code: "busy", retryable: true, retryAfterMs: 7_000 });
  await budget.waitAfter(busy, 0);
  expect(clock.slept).toEqual([7_000]);
});

test("rethrows what is not retryable without waiting", async () => {
  const clock = createManualClock();
  const budget = createRetryBudget({ clock });
  await expect(budget.waitAfter(refused, 0)).rejects.toBe(refused);
  expect(clock.slept).toEqual([]);
});

test("gives up when failures last longer than the budget", async () => {
  const clock = createManualClock();
  const options = { retryForMs: 10_000, baseMs: 1_000, capMs: 1_000, clock, random: () => 1 };
  const budget = createRetryBudget(options);
  const attempt = (): Promise<never> => Promise.reject(lost);
  await expect(withRetry(attempt, { budget })).rejects.toBe(lost);
  expect(clock.slept).toHaveLength(10);
});

test("has the whole budget again after progress, and after a long time without failures", async () => {
  const clock = createManualClock();
  const options = { retryForMs: 3_000, baseMs: 2_000, capMs: 2_000, clock, random: () => 1 };
  const budget = createRetryBudget(options);
  clock.advance(60_000);
  await budget.waitAfter(lost, 0);
  await expect(budget.waitAfter(lost, 1)).rejects.toBe(lost);
  budget.noteProgress();
  await budget.waitAfter(lost, 0);
  expect(clock.slept).toEqual([2_000, 2_000]);
});

test("an abort ends the wait with the signal's reason", async () => {
  const controller = new AbortController();
  const budget = createRetryBudget({ baseMs: 60_000, random: () => 1 });
  const waiting = budget.waitAfter(lost, 0, controller.signal);
  const reason = new Error("enough");
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});
