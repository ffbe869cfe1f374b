import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newId } from "../ids.ts";
import { NOW } from "../uploads/testing/stores.ts";
import type { OpenStores, Stores } from "../uploads/testing/stores.ts";
import type { JobQueue } from "./job-queue.ts";

/** What every adapter of `JobQueue` must do. */
export function describeJobQueue(name: string, open: OpenStores): void {
  describe(`${name} as a job queue`, () => {
    let stores: Stores;
    let jobs: JobQueue;

    beforeEach(async () => {
      stores = await open();
      jobs = stores.jobs;
    });
    afterEach(() => stores.close());

    type Enqueue = Parameters<JobQueue["enqueue"]>[0];
    const enqueue = async (changes: Partial<Enqueue> = {}) => {
      const job = { id: newId(), kind: "scan", payload: "{}", runAt: NOW, ...changes };
      await jobs.enqueue(job);
      return job.id;
    };
    const claim = (now = NOW, kinds = ["scan"]) => jobs.claim({ kinds, now, leaseMs: 100 });

    it("gives out a job under a lease, once", async () => {
      const id = await enqueue({ payload: '{"a":1}' });
      expect(await claim()).toEqual({
        id,
        kind: "scan",
        payload: '{"a":1}',
        attempt: 1,
        leaseUntil: NOW + 100,
      });
      expect(await claim()).toBeUndefined();
      expect(await jobs.counts()).toEqual({ ready: 0, running: 1, dead: 0 });
    });

    it("gives each of many jobs to one of many claimers", async () => {
      const ids = await Promise.all(Array.from({ length: 20 }, () => enqueue()));
      const claims = await Promise.all(Array.from({ length: 40 }, () => claim()));
      const given = claims.flatMap((job) => (job === undefined ? [] : [job.id]));
      expect(given.toSorted()).toEqual(ids.toSorted());
    });

    it("takes the longest due of the kinds asked for, and none before its time", async () => {
      const later = await enqueue({ runAt: NOW + 2 });
      const sooner = await enqueue({ kind: "thumbnail", runAt: NOW + 1 });
      await enqueue({ kind: "other", runAt: NOW });
      expect(await claim(NOW, ["scan", "thumbnail"])).toBeUndefined();
      expect((await claim(NOW + 5, ["scan", "thumbnail"]))?.id).toBe(sooner);
      expect((await claim(NOW + 5, ["scan", "thumbnail"]))?.id).toBe(later);
      expect(await claim(NOW + 5, ["scan", "thumbnail"])).toBeUndefined();
      expect(await claim(NOW + 5, [])).toBeUndefined();
    });

    it("holds one unfinished job of a key, and takes the key again after it", async () => {
      const first = await enqueue({ key: "k" });
      await enqueue({ key: "k" });
      expect(await jobs.counts()).toEqual({ ready: 1, running: 0, dead: 0 });
      await claim();
      await enqueue({ key: "k" });
      expect(await claim()).toBeUndefined();
      await jobs.finish({ id: first, attempt: 1 });
      const second = await enqueue({ key: "k", maxAttempts: 1 });
      expect((await claim())?.id).toBe(second);
      await jobs.fail({ id: second, attempt: 1, error: "e", retryAt: NOW });
      const third = await enqueue({ key: "k" });
      expect((await claim())?.id).toBe(third);
    });

    it("gives out again what a lost worker held, and no longer listens to that one", async () => {
      const id = await enqueue();
      await claim();
      expect(await claim(NOW + 99)).toBeUndefined();
      expect(await claim(NOW + 100)).toMatchObject({ id, attempt: 2, leaseUntil: NOW + 200 });
      expect(await jobs.heartbeat({ id, attempt: 1, leaseUntil: NOW + 900 })).toBe(false);
      await jobs.finish({ id, attempt: 1 });
      await jobs.fail({ id, attempt: 1, error: "late", retryAt: NOW });
      expect(await jobs.counts()).toEqual({ ready: 0, running: 1, dead: 0 });
    });

    it("extends a lease", async () => {
      const id = await enqueue();
      await claim();
      expect(await jobs.heartbeat({ id, attempt: 1, leaseUntil: NOW + 500 })).toBe(true);
      expect(await claim(NOW + 499)).toBeUndefined();
      expect(await claim(NOW + 500)).toMatchObject({ id, attempt: 2 });
    });

    it("ends every lease when whoever held them is gone, and fences them", async () => {
      const id = await enqueue();
      const waiting = await enqueue({ runAt: NOW + 9 });
      await claim();
      await jobs.reclaim({ now: NOW + 1 });
      expect(await claim(NOW + 1)).toMatchObject({ id, attempt: 2 });
      expect(await jobs.heartbeat({ id, attempt: 1, leaseUntil: NOW + 500 })).toBe(false);
      expect(await claim(NOW + 8)).toBeUndefined();
      expect((await claim(NOW + 9))?.id).toBe(waiting);
    });

    it("forgets what is finished", async () => {
      const id = await enqueue();
      await claim();
      await jobs.finish({ id, attempt: 1 });
      expect(await jobs.counts()).toEqual({ ready: 0, running: 0, dead: 0 });
      expect(await jobs.heartbeat({ id, attempt: 1, leaseUntil: NOW })).toBe(false);
    });

    it("retries a failure when told, and keeps the last one as dead", async () => {
      const id = await enqueue({ maxAttempts: 2 });
      await claim();
      expect(await jobs.fail({ id, attempt: 1, error: "first", retryAt: NOW + 50 })).toBe("retry");
      expect(await claim(NOW + 49)).toBeUndefined();
      expect(await claim(NOW + 50)).toMatchObject({ id, attempt: 2 });
      expect(await jobs.fail({ id, attempt: 2, error: "second", retryAt: NOW + 60 })).toBe("dead");
      expect(await claim(NOW + 9999)).toBeUndefined();
      expect(await jobs.counts()).toEqual({ ready: 0, running: 0, dead: 1 });
    });

    it("counts a lost lease as an attempt: after the last one the job is dead", async () => {
      await enqueue({ maxAttempts: 1 });
      const next = await enqueue({ runAt: NOW + 101 });
      await claim();
      expect((await claim(NOW + 200))?.id).toBe(next);
      expect(await jobs.counts()).toEqual({ ready: 0, running: 1, dead: 1 });
    });
  });
}
