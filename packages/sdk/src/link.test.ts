import { expect, test } from "vitest";
import { createLink } from "./link.ts";
import { createManualClock } from "./testing/harness.ts";

const MIB = 1024 ** 2;

interface Network {
  /** Bytes per millisecond that the whole network carries, and one request at most. */
  totalRate: number;
  perRequest: number;
}

function createDrivenLink(options: Parameters<typeof createLink>[0] = {}) {
  const clock = createManualClock();
  return { link: createLink({ ...options, clock }), clock };
}

async function drive({ link, clock }: ReturnType<typeof createDrivenLink>, network: Network) {
  for (let round = 0; round < 60; round += 1) {
    const count = link.concurrency;
    const slots = await Promise.all(Array.from({ length: count }, () => link.acquire()));
    for (const slot of slots) slot.begin();
    const bytes = link.requestBytes;
    clock.advance(bytes / Math.min(network.perRequest, network.totalRate / count));
    for (const slot of slots) {
      slot.succeed(bytes);
      slot.release();
    }
  }
}

test("makes requests so big that each takes one to two seconds", async () => {
  const driven = createDrivenLink();
  const { link } = driven;
  await drive(driven, { totalRate: 20_000, perRequest: 20_000 });
  const ms = link.requestBytes / (20_000 / link.concurrency);
  expect(ms).toBeGreaterThan(1_000);
  expect(ms).toBeLessThan(2_000);
});

test("makes requests small on a slow network", async () => {
  const driven = createDrivenLink();
  const { link } = driven;
  await drive(driven, { totalRate: 100, perRequest: 100 });
  expect(link.requestBytes).toBeLessThan(0.3 * MIB);
});

test("raises the concurrency while every further request brings more", async () => {
  const driven = createDrivenLink();
  const { link } = driven;
  await drive(driven, { totalRate: 1e9, perRequest: 1_000 });
  expect(link.concurrency).toBe(8);
});

test("keeps the concurrency low when a further request brings nothing", async () => {
  const driven = createDrivenLink();
  const { link } = driven;
  await drive(driven, { totalRate: 10_000, perRequest: 10_000 });
  expect(link.concurrency).toBeLessThanOrEqual(3);
});

test("halves once for all the requests that failed together", async () => {
  const { link, clock } = createDrivenLink({ initialConcurrency: 8 });
  const slots = await Promise.all(Array.from({ length: 8 }, () => link.acquire()));
  for (const slot of slots) slot.begin();
  clock.advance(10);
  for (const slot of slots) slot.fail();
  expect(link.concurrency).toBe(4);
  clock.advance(10);
  slots[0]?.begin();
  slots[0]?.fail();
  expect(link.concurrency).toBe(2);
});

test("never goes below one request or above the byte limit", async () => {
  const driven = createDrivenLink({ maxRequestBytes: 8 * MIB });
  const { link, clock } = driven;
  const slot = await link.acquire();
  for (let failure = 0; failure < 50; failure += 1) {
    clock.advance(1);
    slot.begin();
    slot.fail();
  }
  expect(link.concurrency).toBe(1);
  expect(link.requestBytes).toBeGreaterThan(0);
  slot.release();
  await drive(driven, { totalRate: 1e9, perRequest: 1e9 });
  expect(link.requestBytes).toBe(8 * MIB);
});

test("lets nobody in beyond the concurrency, and the next one in order", async () => {
  const { link } = createDrivenLink({ initialConcurrency: 1 });
  const first = await link.acquire();
  const order: string[] = [];
  const second = link.acquire().then((slot) => (order.push("second"), slot));
  const third = link.acquire().then((slot) => (order.push("third"), slot));
  await Promise.resolve();
  expect(order).toEqual([]);
  first.release();
  (await second).release();
  await third;
  expect(order).toEqual(["second", "third"]);
});

test("an aborted waiter leaves the queue", async () => {
  const { link } = createDrivenLink({ initialConcurrency: 1 });
  const first = await link.acquire();
  const controller = new AbortController();
  const stopped = link.acquire(controller.signal);
  const next = link.acquire();
  controller.abort(new Error("enough"));
  await expect(stopped).rejects.toThrow("enough");
  first.release();
  await expect(next).resolves.toBeDefined();
});
