import { systemActor } from "../events.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newId } from "../ids.ts";
import { contiguousEnd } from "./ranges.ts";
import { HOUR_MS, NOW, newOwner, newUpload, plain, useUploads } from "./testing/stores.ts";
import type { OpenStores } from "./testing/stores.ts";
import type { HeldRange, Upload } from "./upload.ts";

/** Creation, listing and the recording of ranges. */
export function describeReceiving(name: string, open: OpenStores): void {
  describe(`${name} while uploads are created and filled`, () => {
    const { world, create, record, held } = useUploads(open);

    describe("create", () => {
      it("returns an upload that receives and holds nothing", async () => {
        const input = newUpload(world.owner, {
          metadata: "a b",
          claimed: { md5: "00" },
          autoComplete: true,
        });
        const { upload, created } = await world.stores.uploads.create({
          upload: input,
          maxOpenUploads: 1,
        });
        expect(created).toBe(true);
        const { actor, ...described } = input;
        expect(actor).toEqual(systemActor);
        expect(upload).toEqual({
          ...described,
          state: "receiving",
          epoch: 1,
          offset: 0,
          receivedBytes: 0,
          failure: null,
          blobId: null,
          fileId: null,
          chargedId: world.owner,
          shareId: null,
          updatedAt: NOW,
        });
        expect(await world.stores.uploads.find(input.id)).toEqual(upload);
        expect(await world.stores.uploads.find(newId())).toBeUndefined();
      });

      it("reserves the size, and refuses what does not fit", async () => {
        await create({ size: 900 });
        await expect(create({ size: 101 })).rejects.toMatchObject({
          code: "quota-exceeded",
          facts: { quotaBytes: 1000, usedBytes: 900, wantedBytes: 101 },
        });
        await create({ size: 100 });
        expect(await held()).toEqual([0, 1000]);
      });

      it("gives the last of the quota to exactly one of 100 that race for it", async () => {
        const results = await Promise.allSettled(
          Array.from({ length: 100 }, () => create({ size: 600 })),
        );
        expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
        for (const result of results) {
          if (result.status === "rejected")
            expect(result.reason).toMatchObject({ code: "quota-exceeded" });
        }
        expect(await held()).toEqual([0, 600]);
      });

      it("lets uploads of unknown and of no size begin when the quota is used up", async () => {
        await create({ size: 1000 });
        expect((await create({ size: null })).state).toBe("receiving");
        expect((await create({ size: 0 })).state).toBe("receiving");
      });

      it("limits open uploads, and counts no ended one", async () => {
        const limited = () =>
          world.stores.uploads.create({ upload: newUpload(world.owner), maxOpenUploads: 2 });
        const { upload } = await limited();
        await limited();
        await expect(limited()).rejects.toMatchObject({
          code: "too-many-uploads",
          facts: { limit: 2 },
        });
        await world.stores.uploads.transition({
          actor: systemActor,
          id: upload.id,
          from: ["receiving"],
          to: "aborted",
          now: NOW,
        });
        await limited();
      });

      it("returns the open upload of the same resume key, name and size", async () => {
        const request = { resumeKey: "key", name: "a.bin", size: 10 };
        const first = await create(request);
        const again = await world.stores.uploads.create({
          upload: newUpload(world.owner, request),
          maxOpenUploads: 1,
        });
        expect(again).toEqual({ upload: first, created: false });
        expect(await held()).toEqual([0, 10]);
      });

      it("begins anew for another key, name, size or world.owner, and after the end of the first", async () => {
        const request = { resumeKey: "key", name: "a.bin", size: 10 };
        const first = await create(request);
        const other = await newOwner(world.stores);
        const others = [
          await create({ ...request, resumeKey: "other" }),
          await create({ ...request, name: "b.bin" }),
          await create({ ...request, size: 11 }),
          (
            await world.stores.uploads.create({
              upload: newUpload(other, request),
              maxOpenUploads: 9,
            })
          ).upload,
        ];
        await world.stores.uploads.transition({
          actor: systemActor,
          id: first.id,
          from: ["receiving"],
          to: "aborted",
          now: NOW,
        });
        others.push(await create(request));
        expect(new Set(others.map((upload) => upload.id)).size).toBe(5);
        expect(others.map((upload) => upload.id)).not.toContain(first.id);
      });
    });

    describe("list", () => {
      it("gives the owner's open uploads, newest first, in pages", async () => {
        const made: Upload[] = [];
        for (let i = 0; i < 7; i++) made.push(await create({ createdAt: NOW + (i >> 1), size: 1 }));
        await world.stores.uploads.transition({
          actor: systemActor,
          id: made[2]!.id,
          from: ["receiving"],
          to: "paused",
          now: NOW,
        });
        await world.stores.uploads.transition({
          actor: systemActor,
          id: made[3]!.id,
          from: ["receiving"],
          to: "aborted",
          now: NOW,
        });
        await world.stores.uploads.create({
          upload: newUpload(await newOwner(world.stores)),
          maxOpenUploads: 9,
        });

        const seen: Upload[] = [];
        let cursor: string | undefined;
        do {
          const page = await world.stores.uploads.list({
            ownerId: world.owner,
            limit: 2,
            ...(cursor !== undefined && { cursor }),
          });
          expect(page.items.length).toBeLessThanOrEqual(2);
          seen.push(...page.items);
          cursor = page.nextCursor ?? undefined;
        } while (cursor !== undefined);
        const expected = made
          .filter((upload) => upload.id !== made[3]!.id)
          .toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
        expect(seen.map((upload) => upload.id)).toEqual(expected.map((upload) => upload.id));
      });

      it("filters by state", async () => {
        const upload = await create();
        await create();
        await world.stores.uploads.transition({
          actor: systemActor,
          id: upload.id,
          from: ["receiving"],
          to: "failed",
          now: NOW,
          failure: "why",
        });
        const { items } = await world.stores.uploads.list({
          ownerId: world.owner,
          states: ["failed", "aborted"],
          limit: 9,
        });
        expect(items.map((item) => [item.id, item.failure])).toEqual([[upload.id, "why"]]);
        expect(
          await world.stores.uploads.list({ ownerId: world.owner, states: [], limit: 9 }),
        ).toEqual({
          items: [],
          nextCursor: null,
        });
      });

      it.each(["", "x", "W10", "WzEsMl0"])("refuses the foreign cursor %j", async (cursor) => {
        await expect(
          world.stores.uploads.list({ ownerId: world.owner, limit: 1, cursor }),
        ).rejects.toMatchObject({
          code: "invalid-request",
        });
      });
    });

    describe("recordRanges", () => {
      it("merges what touches, and keeps offset and received bytes", async () => {
        const upload = await create();
        expect(await record(upload, [plain(20, 30)])).toMatchObject({
          offset: 0,
          receivedBytes: 10,
        });
        expect(await record(upload, [plain(10, 20)])).toMatchObject({
          offset: 0,
          receivedBytes: 20,
        });
        expect(await record(upload, [plain(50, 60)])).toMatchObject({
          offset: 0,
          receivedBytes: 30,
        });
        expect(await record(upload, [plain(0, 10)])).toMatchObject({
          offset: 30,
          receivedBytes: 40,
        });
        expect(await world.stores.uploads.ranges(upload.id)).toEqual([plain(0, 30), plain(50, 60)]);
        expect(await record(upload, [plain(30, 50)])).toMatchObject({
          offset: 60,
          receivedBytes: 60,
        });
        expect(await world.stores.uploads.ranges(upload.id)).toEqual([plain(0, 60)]);
        expect(await world.stores.uploads.find(upload.id)).toMatchObject({
          offset: 60,
          receivedBytes: 60,
          updatedAt: NOW + 1,
        });
      });

      it("holds exactly the union of whatever arrives, in any order and overlap", async () => {
        const range = fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 12 }));
        await fc.assert(
          fc.asyncProperty(fc.array(range, { maxLength: 25 }), async (arrivals) => {
            const upload = await create({ size: null });
            const bytes = new Set<number>();
            for (const [start, length] of arrivals) {
              const result = await record(upload, [plain(start, start + length)]);
              for (let i = start; i < start + length; i++) bytes.add(i);
              expect([result.receivedBytes, result.offset]).toEqual([
                bytes.size,
                gaplessEnd(bytes),
              ]);
            }
            expect(await world.stores.uploads.ranges(upload.id)).toEqual(rangesOf(bytes));
            await world.stores.uploads.transition({
              actor: systemActor,
              id: upload.id,
              from: ["receiving"],
              to: "aborted",
              now: NOW,
            });
          }),
          { numRuns: 30 },
        );
        expect(await held()).toEqual([0, 0]);
      });

      it("keeps ranges with a CRC apart, and finds the offset through all of them", async () => {
        const upload = await create({ size: 600, durability: "balanced" });
        const parts = Array.from({ length: 600 }, (_, i) => ({ start: i, end: i + 1, crc32: i }));
        await record(upload, parts.slice(1).toReversed());
        const result = await record(upload, parts.slice(0, 1));
        expect(result).toMatchObject({ offset: 600, receivedBytes: 600 });
        expect(await world.stores.uploads.ranges(upload.id)).toEqual(parts);
      });

      it("fits plain ranges between ranges with a CRC", async () => {
        const upload = await create();
        await record(upload, [{ start: 10, end: 20, crc32: 1 }]);
        expect(await record(upload, [plain(0, 30)])).toMatchObject({
          offset: 30,
          receivedBytes: 30,
        });
        expect(await world.stores.uploads.ranges(upload.id)).toEqual([
          plain(0, 10),
          { start: 10, end: 20, crc32: 1 },
          plain(20, 30),
        ]);
      });

      it("takes a range with a CRC whole, again as a no-op, and never in part", async () => {
        const upload = await create();
        await record(upload, [{ start: 0, end: 10, crc32: 7 }]);
        expect(await record(upload, [{ start: 0, end: 10, crc32: 7 }])).toMatchObject({
          receivedBytes: 10,
        });
        await expect(
          record(upload, [plain(30, 40), { start: 5, end: 15, crc32: 8 }]),
        ).rejects.toMatchObject({
          code: "part-conflict",
        });
        expect(await world.stores.uploads.ranges(upload.id)).toEqual([
          { start: 0, end: 10, crc32: 7 },
        ]);
      });

      it("extends the life of the upload", async () => {
        const upload = await create();
        const expiresAt = NOW + 90 * HOUR_MS;
        await world.stores.uploads.recordRanges({
          id: upload.id,
          epoch: 1,
          ranges: [plain(0, 1)],
          now: NOW,
          expiresAt,
        });
        expect(await world.stores.uploads.find(upload.id)).toMatchObject({ expiresAt });
        expect(await world.stores.uploads.expired({ now: expiresAt - 1, limit: 9 })).toEqual([]);
        expect(await world.stores.uploads.expired({ now: expiresAt, limit: 9 })).toHaveLength(1);
      });

      it("refuses a writer of an earlier epoch, of a paused upload, and of none", async () => {
        const upload = await create();
        await world.stores.uploads.takeOver({ id: upload.id, epoch: 1, now: NOW });
        await expect(record(upload, [plain(0, 1)])).rejects.toMatchObject({ code: "superseded" });
        const paused = await world.stores.uploads.transition({
          actor: systemActor,
          id: upload.id,
          from: ["receiving"],
          to: "paused",
          now: NOW,
        });
        await expect(record(paused!, [plain(0, 1)])).rejects.toMatchObject({ code: "superseded" });
        await expect(record({ ...upload, id: newId() }, [plain(0, 1)])).rejects.toMatchObject({
          code: "upload-not-found",
        });
        expect(await world.stores.uploads.ranges(upload.id)).toEqual([]);
      });

      it("begins completing in the same commit, once everything is held", async () => {
        const upload = await create();
        const partly = await record(upload, [plain(0, 99)], { thenComplete: true });
        expect(partly).toMatchObject({ state: "receiving", epoch: 1 });
        const wholly = await record(upload, [plain(99, 100)], { thenComplete: true });
        expect(wholly).toMatchObject({ state: "completing", epoch: 2, offset: 100 });
        expect(await world.stores.uploads.find(upload.id)).toEqual(wholly);
      });

      it("completes an empty upload", async () => {
        const upload = await create({ size: 0 });
        expect(await record(upload, [], { thenComplete: true })).toMatchObject({
          state: "completing",
        });
      });

      it("reserves for an upload of unknown size what it holds, then its size", async () => {
        const upload = await create({ size: null });
        await record(upload, [plain(0, 300)]);
        expect(await held()).toEqual([0, 300]);
        await expect(record(upload, [plain(300, 1001)])).rejects.toMatchObject({
          code: "quota-exceeded",
        });
        await expect(record(upload, [plain(300, 310)], { size: 1001 })).rejects.toMatchObject({
          code: "quota-exceeded",
        });
        expect(await world.stores.uploads.find(upload.id)).toMatchObject({
          receivedBytes: 300,
          size: null,
        });
        expect(
          await record(upload, [plain(300, 310)], { size: 310, thenComplete: true }),
        ).toMatchObject({
          size: 310,
          state: "completing",
        });
        expect(await held()).toEqual([0, 310]);
      });

      it("refuses a size that contradicts an earlier one or what is held", async () => {
        const sized = await create({ size: 100 });
        await expect(record(sized, [], { size: 99 })).rejects.toMatchObject({
          code: "invalid-request",
        });
        await record(sized, [], { size: 100 });
        const unsized = await create({ size: null });
        await expect(record(unsized, [plain(50, 60)], { size: 59 })).rejects.toMatchObject({
          code: "invalid-request",
        });
      });
    });
  });
}

function gaplessEnd(bytes: ReadonlySet<number>): number {
  return contiguousEnd(rangesOf(bytes));
}

function rangesOf(bytes: ReadonlySet<number>): HeldRange[] {
  const ranges: HeldRange[] = [];
  for (const byte of [...bytes].toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last.end === byte)
      ranges[ranges.length - 1] = { ...last, end: byte + 1 };
    else ranges.push(plain(byte, byte + 1));
  }
  return ranges;
}
