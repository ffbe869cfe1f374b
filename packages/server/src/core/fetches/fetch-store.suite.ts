import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemActor } from "../events.ts";
import { newId } from "../ids.ts";
import {
  newOwner,
  newUpload,
  NOW,
  type OpenStores,
  type Stores,
} from "../uploads/testing/stores.ts";
import type { FetchStore } from "./fetch-store.ts";
import { fetchUrlJob, type Fetch, type FetchTicket } from "./fetch.ts";

/** What every adapter of `FetchStore` must do. */
export function describeFetchStore(name: string, open: OpenStores): void {
  describe(`${name} as a store of fetches`, () => {
    let stores: Stores;
    let fetches: FetchStore;
    let owner: string;
    beforeEach(async () => {
      stores = await open();
      fetches = stores.fetches;
      owner = await newOwner(stores);
    });
    afterEach(() => stores.close());

    const limits = { maxOpen: 4, maxAdmitted: 2 };
    const context = { limits, actor: systemActor, now: NOW };
    const create = (ownerId = owner) =>
      fetches.create({
        ...context,
        fetch: {
          id: newId(),
          ownerId,
          url: "https://a.test/b?secret=1",
          name: null,
          parentId: null,
        },
      });
    const claim = async (now = NOW): Promise<FetchTicket | undefined> => {
      const job = await stores.jobs.claim({ kinds: [fetchUrlJob], now, leaseMs: 100 });
      return job && (JSON.parse(job.payload) as FetchTicket);
    };
    const failure = { code: "cut" as const, detail: "cut" };
    const fail = (ticket: FetchTicket) =>
      fetches.end({
        ...ticket,
        ending: { state: "failed", failure, attempts: 3 },
        limits,
        now: NOW,
      });
    const attach = ({ id, run }: Fetch, uploadId = newId()) =>
      fetches.attach({ id, run, uploadId, name: "n", validator: '"v"', totalBytes: 9, now: NOW });

    it("gives jobs to so many of one owner, and to the next when one ends", async () => {
      const mine = [await create(), await create(), await create()];
      const other = await create(await newOwner(stores));
      const tickets = [await claim(), await claim(), await claim()];
      expect(tickets.map((ticket) => ticket!.id).toSorted()).toEqual(
        [mine[0]!.id, mine[1]!.id, other.id].toSorted(),
      );
      expect(await claim()).toBeUndefined();
      expect(await fail({ id: mine[1]!.id, run: 1 })).toBe(true);
      expect(await claim()).toEqual({ id: mine[2]!.id, run: 1 });
      await create();
      expect(await claim()).toBeUndefined();
      await fetches.cancel({ ...context, id: mine[0]!.id });
      expect(await claim()).toBeDefined();
    });

    it("refuses more than may be open", async () => {
      for (let i = 0; i < 4; i++) await create();
      await expect(create()).rejects.toMatchObject({
        code: "too-many-fetches",
        facts: { limit: 4 },
      });
      expect((await fetches.list({ ownerId: owner, limit: 9 })).items).toHaveLength(4);
      await create(await newOwner(stores));
    });

    it("listens to nobody whose run is over", async () => {
      const { id } = await create();
      const first = await claim();
      expect(await fetches.begin({ ...first!, now: NOW })).toMatchObject({ id, state: "fetching" });
      // A crash: the same ticket again.
      expect(await fetches.begin({ ...first!, now: NOW })).toMatchObject({ id, state: "fetching" });
      const postponed = { attempts: 1, failure, anew: false, now: NOW };
      expect(await fetches.postpone({ ...first!, ...postponed, at: NOW + 50 })).toBe(true);
      expect(await fetches.begin({ ...first!, now: NOW })).toBeUndefined();
      expect(await fail(first!)).toBe(false);
      expect(await fetches.postpone({ ...first!, ...postponed, at: NOW })).toBe(false);
      expect(await attach({ id, run: 1 } as Fetch)).toBe(false);
      expect(await claim(NOW + 49)).toBeUndefined();
      const second = await claim(NOW + 50);
      expect(second).toEqual({ id, run: 2 });
      expect(await fetches.begin({ ...second!, now: NOW })).toMatchObject({ attempts: 1, failure });
      await fetches.cancel({ ...context, id });
      expect(await fail(second!)).toBe(false);
      expect(await fetches.find(id)).toMatchObject({ state: "cancelled" });
      expect(await fetches.cancel({ ...context, id })).toBeUndefined();
    });

    it("leaves an end as it is when its job is delivered once more", async () => {
      const { id } = await create();
      const ticket = (await claim())!;
      await fetches.begin({ ...ticket, now: NOW });
      expect(await fail(ticket)).toBe(true);
      // The process died before it could tell the queue.
      const again = await claim(NOW + 100);
      expect(again).toEqual(ticket);
      expect(await fetches.begin({ ...again!, now: NOW })).toBeUndefined();
      expect(await fail(again!)).toBe(false);
      expect(await fetches.find(id)).toMatchObject({ state: "failed" });
    });

    it("tells what its upload holds by now, and what it held in the end", async () => {
      const fetch = await create();
      const { upload } = await stores.uploads.create({
        upload: newUpload(owner, { size: null }),
        maxOpenUploads: 9,
      });
      expect(await attach(fetch, upload.id)).toBe(true);
      await stores.uploads.recordRanges({
        id: upload.id,
        epoch: upload.epoch,
        ranges: [{ start: 0, end: 7, crc32: null }],
        now: NOW,
        expiresAt: NOW + 9,
      });
      const held = { receivedBytes: 7, totalBytes: 9, uploadId: upload.id, validator: '"v"' };
      expect(await fetches.find(fetch.id)).toMatchObject(held);
      await fail(fetch);
      await stores.uploads.transition({
        id: upload.id,
        from: ["receiving"],
        to: "aborted",
        ...context,
      });
      expect(await fetches.find(fetch.id)).toMatchObject({ receivedBytes: 7, failure });
    });

    it("starts again with what is still there, and without what is not", async () => {
      const fetch = await create();
      const { upload } = await stores.uploads.create({
        upload: newUpload(owner),
        maxOpenUploads: 9,
      });
      await attach(fetch, upload.id);
      expect(await fetches.restart({ ...context, id: fetch.id })).toBeUndefined();
      await fail(fetch);
      const again = await fetches.restart({ ...context, id: fetch.id });
      expect(again).toMatchObject({ state: "queued", run: 2, attempts: 0, failure: null });
      expect(again).toMatchObject({ uploadId: upload.id, validator: '"v"' });
      await fetches.cancel({ ...context, id: fetch.id });
      const ended = { id: upload.id, from: ["receiving" as const], to: "aborted" as const };
      await stores.uploads.transition({ ...ended, ...context });
      const anew = await fetches.restart({ ...context, id: fetch.id });
      expect(anew).toMatchObject({ uploadId: null, validator: null, totalBytes: null });
    });

    it("forgets the ended only", async () => {
      const [open, ended] = [await create(), await create()];
      await fail(ended);
      expect(await fetches.remove(open.id)).toBe(false);
      expect(await fetches.purge({ before: NOW, limit: 9 })).toBe(0);
      expect(await fetches.purge({ before: NOW + 1, limit: 9 })).toBe(1);
      expect(await fetches.find(ended.id)).toBeUndefined();
      await fail(open);
      expect(await fetches.remove(open.id)).toBe(true);
    });
  });
}
