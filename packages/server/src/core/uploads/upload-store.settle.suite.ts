import { systemActor } from "../events.ts";
import { describe, expect, it } from "vitest";
import { newId } from "../ids.ts";
import { NOW, fillUpload, newUpload, plain, putFile, useUploads } from "./testing/stores.ts";
import type { OpenStores } from "./testing/stores.ts";
import type { Upload } from "./upload.ts";

/** States, recovery and sweeps. */
export function describeSettling(name: string, open: OpenStores): void {
  describe(`${name} while uploads are moved, recovered and swept`, () => {
    const { world, create, record, held } = useUploads(open);

    describe("dropRanges", () => {
      it("keeps what is named, lowers the counts and fences writers", async () => {
        const upload = await create();
        await record(upload, [plain(0, 50), plain(60, 70)]);
        const dropped = await world.stores.uploads.dropRanges({
          id: upload.id,
          keep: [plain(60, 70), plain(0, 20)],
          now: NOW,
        });
        expect(dropped).toMatchObject({ epoch: 2, offset: 20, receivedBytes: 30 });
        expect(await world.stores.uploads.ranges(upload.id)).toEqual([plain(0, 20), plain(60, 70)]);
        await expect(record(upload, [plain(20, 30)])).rejects.toMatchObject({ code: "superseded" });
        expect(await record(dropped, [plain(20, 60)])).toMatchObject({
          offset: 70,
          receivedBytes: 70,
        });
      });

      it("gives back what an upload of unknown size no longer holds", async () => {
        const upload = await create({ size: null });
        await record(upload, [plain(0, 50)]);
        await world.stores.uploads.dropRanges({ id: upload.id, keep: [], now: NOW });
        expect(await held()).toEqual([0, 0]);
      });
    });

    describe("takeOver and transition", () => {
      it("lets one of two takers over, and fences the other", async () => {
        const upload = await create();
        const take = () => world.stores.uploads.takeOver({ id: upload.id, epoch: 1, now: NOW });
        const results = await Promise.allSettled([take(), take()]);
        expect(results.map((result) => result.status).toSorted()).toEqual([
          "fulfilled",
          "rejected",
        ]);
        expect(await world.stores.uploads.find(upload.id)).toMatchObject({ epoch: 2 });
      });

      it("moves only from the given states, and raises the epoch", async () => {
        const { id } = await create();
        expect(
          await world.stores.uploads.transition({
            actor: systemActor,
            id,
            from: ["paused"],
            to: "receiving",
            now: NOW,
          }),
        ).toBeUndefined();
        expect(
          await world.stores.uploads.transition({
            actor: systemActor,
            id: newId(),
            from: ["paused"],
            to: "receiving",
            now: NOW,
          }),
        ).toBeUndefined();
        const paused = await world.stores.uploads.transition({
          actor: systemActor,
          id,
          from: ["receiving"],
          to: "paused",
          now: NOW + 5,
        });
        expect(paused).toMatchObject({ state: "paused", epoch: 2, updatedAt: NOW + 5 });
        expect(await world.stores.uploads.find(id)).toEqual(paused);
      });

      it("ends an upload once: what has ended neither ends again nor comes back", async () => {
        const { transition } = world.stores.uploads;
        for (const end of ["aborted", "expired", "failed"] as const) {
          const { id } = await create();
          const common = { id, actor: systemActor, now: NOW };
          expect(await transition({ ...common, from: ["receiving"], to: end })).toMatchObject({
            state: end,
          });
          for (const to of ["aborted", "expired", "failed", "receiving"] as const)
            await expect(transition({ ...common, from: [end], to })).rejects.toThrow();
          expect(await world.stores.uploads.find(id)).toMatchObject({ state: end, epoch: 2 });
        }
      });

      it("declares the size of an unsized upload", async () => {
        const upload = await create({ size: null });
        await record(upload, [plain(0, 50)]);
        const move = {
          id: upload.id,
          from: ["receiving"] as const,
          to: "completing" as const,
          now: NOW,
        };
        await expect(
          world.stores.uploads.transition({ actor: systemActor, ...move, size: 49 }),
        ).rejects.toMatchObject({
          code: "invalid-request",
        });
        expect(
          await world.stores.uploads.transition({ actor: systemActor, ...move, size: 50 }),
        ).toMatchObject({
          size: 50,
          state: "completing",
        });
        expect(await held()).toEqual([0, 50]);
      });

      it.each(["aborted", "expired", "failed"] as const)(
        "releases everything when %s",
        async (to) => {
          const upload = await create();
          await record(upload, [plain(0, 50)]);
          await world.stores.uploads.transition({
            actor: systemActor,
            id: upload.id,
            from: ["receiving"],
            to,
            now: NOW,
          });
          expect(await held()).toEqual([0, 0]);
          expect(await world.stores.uploads.ranges(upload.id)).toEqual([]);
          expect(await world.stores.uploads.find(upload.id)).toMatchObject({ state: to });
        },
      );
    });

    describe("recovery and sweeps", () => {
      it("lists what start-up must settle", async () => {
        await create();
        const completing = await fillUpload(world.stores, newUpload(world.owner));
        const balanced = await create({ durability: "balanced" });
        const ended = await create({ durability: "relaxed" });
        await world.stores.uploads.transition({
          actor: systemActor,
          id: ended.id,
          from: ["receiving"],
          to: "aborted",
          now: NOW,
        });
        const ids = (await world.stores.uploads.unsettled()).map((upload) => upload.id);
        expect(ids.toSorted()).toEqual([completing.id, balanced.id].toSorted());
      });

      it("pages the extents of every open upload by id", async () => {
        const made: Upload[] = [];
        for (let i = 0; i < 5; i++) made.push(await create({ size: 10 + i }));
        await record(made[1]!, [plain(0, 2), plain(5, 9)]);
        await world.stores.uploads.transition({
          actor: systemActor,
          id: made[2]!.id,
          from: ["receiving"],
          to: "paused",
          now: NOW,
        });
        await world.stores.uploads.transition({
          actor: systemActor,
          id: made[4]!.id,
          from: ["receiving"],
          to: "aborted",
          now: NOW,
        });
        const first = await world.stores.uploads.openExtents({ after: "", limit: 3 });
        const second = await world.stores.uploads.openExtents({
          after: first.at(-1)!.id,
          limit: 3,
        });
        const expected = made
          .slice(0, 4)
          .map(({ id }, i) => ({ id, highestByte: i === 1 ? 9 : 0, reservedBytes: 10 + i }))
          .toSorted((a, b) => (a.id < b.id ? -1 : 1));
        expect([...first, ...second]).toEqual(expected);
      });

      it("finds expired uploads while they are open", async () => {
        const upload = await create({ expiresAt: NOW });
        await create({ expiresAt: NOW + 1 });
        const find = () => world.stores.uploads.expired({ now: NOW, limit: 9 });
        expect((await find()).map((found) => found.id)).toEqual([upload.id]);
        await world.stores.uploads.transition({
          actor: systemActor,
          id: upload.id,
          from: ["receiving"],
          to: "expired",
          now: NOW,
        });
        expect(await find()).toEqual([]);
      });

      it("purges ended uploads, gives back what partials reserved and frees their blobs", async () => {
        const open = await create();
        const part = await putFile(world.stores, {
          content: "p",
          upload: newUpload(world.owner, { purpose: "partial" }),
        });
        const file = await putFile(world.stores, { content: "f", upload: newUpload(world.owner) });
        expect(await world.stores.uploads.purgeEnded({ before: NOW, limit: 9 })).toBe(0);
        expect(await world.stores.uploads.purgeEnded({ before: NOW + 1, limit: 9 })).toBe(2);
        expect(await world.stores.uploads.find(part.id)).toBeUndefined();
        expect(await world.stores.uploads.find(open.id)).toBeDefined();
        expect(await held()).toEqual([100, 100]);
        await world.stores.blobs.collect({ before: NOW + 2, now: NOW, limit: 9 });
        expect(await world.stores.blobs.find(part.blobId!)).toBeUndefined();
        expect(await world.stores.files.find(file.fileId!)).toBeDefined();
      });
    });
  });
}
