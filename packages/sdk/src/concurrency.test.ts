import { expect, test } from "vitest";
import { abortable, createGate } from "./concurrency.ts";

/** Lets everything happen that needs no further event. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("a gate runs no more tasks at once than it admits, in order", async () => {
  const gate = createGate(2);
  const begun: number[] = [];
  const ends = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  const all = ends.map(({ promise }, index) =>
    gate(async () => {
      begun.push(index);
      await promise;
    }),
  );
  await settle();
  expect(begun).toEqual([0, 1]);
  ends[1]?.resolve();
  await settle();
  expect(begun).toEqual([0, 1, 2]);
  for (const { resolve } of ends) resolve();
  await Promise.all(all);
  expect(begun).toEqual([0, 1, 2, 3]);
});

test("a failed task leaves its place to the next", async () => {
  const gate = createGate(1);
  await expect(gate(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await gate(async () => "yes")).toBe("yes");
});

test("an aborted task leaves the queue without running", async () => {
  const gate = createGate(1);
  const first = Promise.withResolvers<void>();
  const running = gate(() => first.promise);
  const controller = new AbortController();
  let hasRun = false;
  const waiting = gate(async () => void (hasRun = true), controller.signal);
  controller.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  first.resolve();
  await running;
  expect(await gate(async () => hasRun)).toBe(false);
});

test("an abort ends only the waiting, also when the work fails later", async () => {
  const work = Promise.withResolvers<string>();
  const reason = new Error("enough");
  await expect(abortable(work.promise, AbortSignal.abort(reason))).rejects.toBe(reason);
  const controller = new AbortController();
  const waiting = abortable(work.promise, controller.signal);
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  work.reject(new Error("failed for the others"));
  await expect(abortable(work.promise, new AbortController().signal)).rejects.toThrow("others");
});
