import { expect, it, vi } from "vitest";
import type { EventLog } from "./event-log.ts";
import { createPurgeEvents } from "./purge.ts";

const clock = { now: () => 1_000 };

it("purges in short writes until nothing old is left", async () => {
  const counts = [2_000, 2_000, 7];
  const purge = vi.fn<EventLog["purge"]>(() => Promise.resolve(counts.shift() ?? 0));
  expect(await createPurgeEvents({ events: { purge }, clock, retentionMs: 400 })()).toBe(4_007);
  expect(purge.mock.calls).toEqual(
    Array.from({ length: 3 }, () => [{ before: 600, limit: 2_000 }]),
  );
});

it("leaves the rest to the next run, and purges nothing that is kept for ever", async () => {
  const purge = vi.fn<EventLog["purge"]>(() => Promise.resolve(2_000));
  expect(await createPurgeEvents({ events: { purge }, clock, retentionMs: 400 })()).toBe(100_000);
  purge.mockClear();
  expect(await createPurgeEvents({ events: { purge }, clock, retentionMs: 0 })()).toBe(0);
  expect(purge).not.toHaveBeenCalled();
});
