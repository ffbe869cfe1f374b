/** What every adapter of `UploadStore` must do. Its transactions touch accounts, blobs, files and jobs, so it comes with their stores. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AccountStore } from "../accounts/account-store.ts";
import type { BlobIndex } from "../blobs/blob-index.ts";
import type { FileStore } from "../drive/file-store.ts";
import { newId } from "../ids.ts";
import type { JobQueue } from "../jobs/job-queue.ts";
import { contiguousEnd } from "./ranges.ts";
import type { NewUpload, Publication, UploadStore } from "./upload-store.ts";
import type { HeldRange, Upload } from "./upload.ts";

export interface Stores {
  readonly uploads: UploadStore;
  readonly blobs: BlobIndex;
  readonly files: FileStore;
  readonly accounts: AccountStore;
  readonly jobs: JobQueue;
  close(): Promise<void>;
}

/** Opens empty stores. */
export type OpenStores = () => Promise<Stores>;

export const NOW = Date.UTC(2030, 0, 1);
const HOUR_MS = 3_600_000;

export function newUpload(ownerId: string, changes: Partial<NewUpload> = {}): NewUpload {
  return {
    id: newId(),
    ownerId,
    dialect: "native",
    purpose: "file",
    name: `${newId()}.bin`,
    mediaType: "application/octet-stream",
    metadata: null,
    size: 100,
    partSize: 10,
    claimed: {},
    onConflict: "fail",
    durability: "strict",
    resumeKey: null,
    autoComplete: false,
    createdAt: NOW,
    expiresAt: NOW + 24 * HOUR_MS,
    ...changes,
  };
}

export async function newOwner(
  { accounts }: Pick<Stores, "accounts">,
  quotaBytes: number | null = null,
): Promise<string> {
  const id = newId();
  await accounts.ensureOwner({ id, name: "owner", quotaBytes, now: NOW });
  return id;
}

export function plain(start: number, end: number): HeldRange {
  return { start, end, crc32: null };
}

/** A digest that stands for content: equal labels, equal content. */
export function sha256Of(label: string): string {
  return Buffer.from(label).toString("hex").padEnd(64, "0").slice(0, 64);
}

/** Creates, fills and completes an upload; it is `completing` then. */
export async function fillUpload({ uploads }: Stores, upload: NewUpload): Promise<Upload> {
  const { upload: created } = await uploads.create({ upload, maxOpenUploads: 1000 });
  const { id, epoch } = created;
  const ranges = [plain(0, upload.size ?? 0)];
  return await uploads.recordRanges({
    id,
    epoch,
    ranges,
    thenComplete: true,
    now: NOW,
    expiresAt: upload.expiresAt,
  });
}

export function publicationOf(
  upload: Upload,
  changes: Partial<Publication> & { content: string },
): Publication {
  const { content, ...others } = changes;
  return {
    uploadId: upload.id,
    epoch: upload.epoch,
    digests: { sha256: sha256Of(content) },
    size: upload.size!,
    blobId: newId(),
    fileId: newId(),
    now: NOW,
    storedName: newId(),
    ...others,
  };
}

/** A whole upload, published. */
export async function putFile(
  stores: Stores,
  { content, upload }: { content: string; upload: NewUpload },
): Promise<Upload> {
  const completing = await fillUpload(stores, upload);
  const outcome = await stores.uploads.publish(publicationOf(completing, { content }));
  if (outcome.kind !== "published") throw new Error(outcome.kind);
  return outcome.upload;
}

export function describeUploadStore(name: string, open: OpenStores): void {
  describe(`${name} as an upload store`, () => {
    let stores: Stores;
    let owner: string;

    beforeEach(async () => {
      stores = await open();
      owner = await newOwner(stores, 1000);
    });
    afterEach(() => stores.close());

    const create = async (changes: Partial<NewUpload> = {}) =>
      (await stores.uploads.create({ upload: newUpload(owner, changes), maxOpenUploads: 1000 }))
        .upload;
    const record = (
      upload: Upload,
      ranges: HeldRange[],
      more: { size?: number; thenComplete?: boolean } = {},
    ) =>
      stores.uploads.recordRanges({
        id: upload.id,
        epoch: upload.epoch,
        ranges,
        now: NOW + 1,
        expiresAt: upload.expiresAt,
        ...more,
      });
    const held = () =>
      stores.accounts.find(owner).then((account) => [account!.usedBytes, account!.reservedBytes]);

    describe("create", () => {
      it("returns an upload that receives and holds nothing", async () => {
        const input = newUpload(owner, {
          metadata: "a b",
          claimed: { md5: "00" },
          autoComplete: true,
        });
        const { upload, created } = await stores.uploads.create({
          upload: input,
          maxOpenUploads: 1,
        });
        expect(created).toBe(true);
        expect(upload).toEqual({
          ...input,
          state: "receiving",
          epoch: 1,
          offset: 0,
          receivedBytes: 0,
          failure: null,
          blobId: null,
          fileId: null,
          updatedAt: NOW,
        });
        expect(await stores.uploads.find(input.id)).toEqual(upload);
        expect(await stores.uploads.find(newId())).toBeUndefined();
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
          stores.uploads.create({ upload: newUpload(owner), maxOpenUploads: 2 });
        const { upload } = await limited();
        await limited();
        await expect(limited()).rejects.toMatchObject({
          code: "too-many-uploads",
          facts: { limit: 2 },
        });
        await stores.uploads.transition({
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
        const again = await stores.uploads.create({
          upload: newUpload(owner, request),
          maxOpenUploads: 1,
        });
        expect(again).toEqual({ upload: first, created: false });
        expect(await held()).toEqual([0, 10]);
      });

      it("begins anew for another key, name, size or owner, and after the end of the first", async () => {
        const request = { resumeKey: "key", name: "a.bin", size: 10 };
        const first = await create(request);
        const other = await newOwner(stores);
        const others = [
          await create({ ...request, resumeKey: "other" }),
          await create({ ...request, name: "b.bin" }),
          await create({ ...request, size: 11 }),
          (await stores.uploads.create({ upload: newUpload(other, request), maxOpenUploads: 9 }))
            .upload,
        ];
        await stores.uploads.transition({
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
        await stores.uploads.transition({
          id: made[2]!.id,
          from: ["receiving"],
          to: "paused",
          now: NOW,
        });
        await stores.uploads.transition({
          id: made[3]!.id,
          from: ["receiving"],
          to: "aborted",
          now: NOW,
        });
        await stores.uploads.create({
          upload: newUpload(await newOwner(stores)),
          maxOpenUploads: 9,
        });

        const seen: Upload[] = [];
        let cursor: string | undefined;
        do {
          const page = await stores.uploads.list({
            ownerId: owner,
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
        await stores.uploads.transition({
          id: upload.id,
          from: ["receiving"],
          to: "failed",
          now: NOW,
          failure: "why",
        });
        const { items } = await stores.uploads.list({
          ownerId: owner,
          states: ["failed", "aborted"],
          limit: 9,
        });
        expect(items.map((item) => [item.id, item.failure])).toEqual([[upload.id, "why"]]);
        expect(await stores.uploads.list({ ownerId: owner, states: [], limit: 9 })).toEqual({
          items: [],
          nextCursor: null,
        });
      });

      it.each(["", "x", "W10", "WzEsMl0"])("refuses the foreign cursor %j", async (cursor) => {
        await expect(
          stores.uploads.list({ ownerId: owner, limit: 1, cursor }),
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
        expect(await stores.uploads.ranges(upload.id)).toEqual([plain(0, 30), plain(50, 60)]);
        expect(await record(upload, [plain(30, 50)])).toMatchObject({
          offset: 60,
          receivedBytes: 60,
        });
        expect(await stores.uploads.ranges(upload.id)).toEqual([plain(0, 60)]);
        expect(await stores.uploads.find(upload.id)).toMatchObject({
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
            expect(await stores.uploads.ranges(upload.id)).toEqual(rangesOf(bytes));
            await stores.uploads.transition({
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
        expect(await stores.uploads.ranges(upload.id)).toEqual(parts);
      });

      it("fits plain ranges between ranges with a CRC", async () => {
        const upload = await create();
        await record(upload, [{ start: 10, end: 20, crc32: 1 }]);
        expect(await record(upload, [plain(0, 30)])).toMatchObject({
          offset: 30,
          receivedBytes: 30,
        });
        expect(await stores.uploads.ranges(upload.id)).toEqual([
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
        expect(await stores.uploads.ranges(upload.id)).toEqual([{ start: 0, end: 10, crc32: 7 }]);
      });

      it("extends the life of the upload", async () => {
        const upload = await create();
        const expiresAt = NOW + 90 * HOUR_MS;
        await stores.uploads.recordRanges({
          id: upload.id,
          epoch: 1,
          ranges: [plain(0, 1)],
          now: NOW,
          expiresAt,
        });
        expect(await stores.uploads.find(upload.id)).toMatchObject({ expiresAt });
        expect(await stores.uploads.expired({ now: expiresAt - 1, limit: 9 })).toEqual([]);
        expect(await stores.uploads.expired({ now: expiresAt, limit: 9 })).toHaveLength(1);
      });

      it("refuses a writer of an earlier epoch, of a paused upload, and of none", async () => {
        const upload = await create();
        await stores.uploads.takeOver({ id: upload.id, epoch: 1, now: NOW });
        await expect(record(upload, [plain(0, 1)])).rejects.toMatchObject({ code: "superseded" });
        const paused = await stores.uploads.transition({
          id: upload.id,
          from: ["receiving"],
          to: "paused",
          now: NOW,
        });
        await expect(record(paused!, [plain(0, 1)])).rejects.toMatchObject({ code: "superseded" });
        await expect(record({ ...upload, id: newId() }, [plain(0, 1)])).rejects.toMatchObject({
          code: "upload-not-found",
        });
        expect(await stores.uploads.ranges(upload.id)).toEqual([]);
      });

      it("begins completing in the same commit, once everything is held", async () => {
        const upload = await create();
        const partly = await record(upload, [plain(0, 99)], { thenComplete: true });
        expect(partly).toMatchObject({ state: "receiving", epoch: 1 });
        const wholly = await record(upload, [plain(99, 100)], { thenComplete: true });
        expect(wholly).toMatchObject({ state: "completing", epoch: 2, offset: 100 });
        expect(await stores.uploads.find(upload.id)).toEqual(wholly);
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
        expect(await stores.uploads.find(upload.id)).toMatchObject({
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

    describe("dropRanges", () => {
      it("keeps what is named, lowers the counts and fences writers", async () => {
        const upload = await create();
        await record(upload, [plain(0, 50), plain(60, 70)]);
        const dropped = await stores.uploads.dropRanges({
          id: upload.id,
          keep: [plain(60, 70), plain(0, 20)],
          now: NOW,
        });
        expect(dropped).toMatchObject({ epoch: 2, offset: 20, receivedBytes: 30 });
        expect(await stores.uploads.ranges(upload.id)).toEqual([plain(0, 20), plain(60, 70)]);
        await expect(record(upload, [plain(20, 30)])).rejects.toMatchObject({ code: "superseded" });
        expect(await record(dropped, [plain(20, 60)])).toMatchObject({
          offset: 70,
          receivedBytes: 70,
        });
      });

      it("gives back what an upload of unknown size no longer holds", async () => {
        const upload = await create({ size: null });
        await record(upload, [plain(0, 50)]);
        await stores.uploads.dropRanges({ id: upload.id, keep: [], now: NOW });
        expect(await held()).toEqual([0, 0]);
      });
    });

    describe("takeOver and transition", () => {
      it("lets one of two takers over, and fences the other", async () => {
        const upload = await create();
        const take = () => stores.uploads.takeOver({ id: upload.id, epoch: 1, now: NOW });
        const results = await Promise.allSettled([take(), take()]);
        expect(results.map((result) => result.status).toSorted()).toEqual([
          "fulfilled",
          "rejected",
        ]);
        expect(await stores.uploads.find(upload.id)).toMatchObject({ epoch: 2 });
      });

      it("moves only from the given states, and raises the epoch", async () => {
        const { id } = await create();
        expect(
          await stores.uploads.transition({ id, from: ["paused"], to: "receiving", now: NOW }),
        ).toBeUndefined();
        expect(
          await stores.uploads.transition({
            id: newId(),
            from: ["paused"],
            to: "receiving",
            now: NOW,
          }),
        ).toBeUndefined();
        const paused = await stores.uploads.transition({
          id,
          from: ["receiving"],
          to: "paused",
          now: NOW + 5,
        });
        expect(paused).toMatchObject({ state: "paused", epoch: 2, updatedAt: NOW + 5 });
        expect(await stores.uploads.find(id)).toEqual(paused);
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
        await expect(stores.uploads.transition({ ...move, size: 49 })).rejects.toMatchObject({
          code: "invalid-request",
        });
        expect(await stores.uploads.transition({ ...move, size: 50 })).toMatchObject({
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
          await stores.uploads.transition({ id: upload.id, from: ["receiving"], to, now: NOW });
          expect(await held()).toEqual([0, 0]);
          expect(await stores.uploads.ranges(upload.id)).toEqual([]);
          expect(await stores.uploads.find(upload.id)).toMatchObject({ state: to });
        },
      );
    });

    describe("publish", () => {
      it("makes a file over a new blob, moves the quota and completes", async () => {
        const completing = await fillUpload(
          stores,
          newUpload(owner, { name: "a.bin", mediaType: "text/plain" }),
        );
        const publication = publicationOf(completing, { content: "a" });
        const outcome = await stores.uploads.publish(publication);
        const upload = await stores.uploads.find(completing.id);
        expect(outcome).toEqual({ kind: "published", upload, usedNewBytes: true });
        expect(upload).toMatchObject({
          state: "complete",
          blobId: publication.blobId,
          fileId: publication.fileId,
        });
        expect(await stores.files.find(publication.fileId)).toMatchObject({
          ownerId: owner,
          name: "a.bin",
          mediaType: "text/plain",
          size: 100,
          blobId: publication.blobId,
          digests: publication.digests,
          version: 1,
        });
        expect(await stores.blobs.manifest(publication.blobId)).toEqual([
          { stored: publication.storedName, kind: "blob", offset: 0, length: 100 },
        ]);
        expect(await stores.uploads.ranges(completing.id)).toEqual([plain(0, 100)]);
        expect(await held()).toEqual([100, 0]);
      });

      it("links equal content that exists, and leaves the new bytes to the sweep", async () => {
        const first = await putFile(stores, { content: "same", upload: newUpload(owner) });
        const second = await fillUpload(stores, newUpload(owner));
        const publication = publicationOf(second, {
          content: "same",
          digests: { sha256: sha256Of("same"), md5: "aa" },
        });
        const outcome = await stores.uploads.publish(publication);
        expect(outcome).toMatchObject({
          kind: "published",
          usedNewBytes: false,
          upload: { blobId: first.blobId },
        });
        expect(await stores.blobs.tombstones({ before: NOW + 1, limit: 9 })).toEqual([
          { stored: publication.storedName, kind: "blob" },
        ]);
        expect(await stores.blobs.find(first.blobId!)).toMatchObject({ digests: { md5: "aa" } });
        expect(await held()).toEqual([200, 0]);
      });

      it("asks for the bytes when the content it counted on has gone, and takes them then", async () => {
        const upload = await fillUpload(stores, newUpload(owner));
        const publication = publicationOf(upload, { content: "gone" });
        expect(await stores.uploads.publish({ ...publication, storedName: null })).toEqual({
          kind: "bytes-needed",
        });
        expect(await stores.uploads.find(upload.id)).toMatchObject({ state: "completing" });
        expect(await stores.uploads.publish(publication)).toMatchObject({
          kind: "published",
          usedNewBytes: true,
        });
      });

      it("keeps alive content that was about to be collected", async () => {
        const first = await putFile(stores, { content: "x", upload: newUpload(owner) });
        await stores.files.remove({ id: first.fileId!, ownerId: owner, now: NOW });
        const second = await fillUpload(stores, newUpload(owner));
        await stores.uploads.publish(publicationOf(second, { content: "x", storedName: null }));
        expect(await stores.blobs.collect({ before: NOW + HOUR_MS, now: NOW, limit: 9 })).toEqual({
          blobs: 0,
        });
        expect(await stores.blobs.find(first.blobId!)).toBeDefined();
      });

      it("refuses a twin of a name and leaves everything as it was", async () => {
        await putFile(stores, {
          content: "a",
          upload: newUpload(owner, { name: "Caf\u00e9.txt" }),
        });
        const twin = await fillUpload(stores, newUpload(owner, { name: "cafe\u0301.TXT" }));
        await expect(
          stores.uploads.publish(publicationOf(twin, { content: "b" })),
        ).rejects.toMatchObject({
          code: "name-taken",
        });
        expect(await stores.uploads.find(twin.id)).toEqual(twin);
        expect(await stores.blobs.count()).toEqual({ blobs: 1, bytes: 100 });
        expect(await held()).toEqual([100, 100]);
      });

      it("lets another owner have the name", async () => {
        await putFile(stores, { content: "a", upload: newUpload(owner, { name: "a" }) });
        const other = newUpload(await newOwner(stores), { name: "a" });
        expect(await putFile(stores, { content: "a", upload: other })).toMatchObject({
          state: "complete",
        });
      });

      it("numbers names to keep both", async () => {
        const upload = () =>
          newUpload(owner, { name: "a.tar.gz", onConflict: "keep-both", size: 1 });
        for (let i = 0; i < 5; i++) await putFile(stores, { content: `${i}`, upload: upload() });
        const { items } = await stores.files.list({ ownerId: owner, limit: 9 });
        expect(items.map((file) => file.name)).toEqual([
          "a.tar (2).gz",
          "a.tar (3).gz",
          "a.tar (4).gz",
          "a.tar (5).gz",
          "a.tar.gz",
        ]);
      });

      it("replaces: same file, next version, the quota of the difference, the old content orphaned", async () => {
        const first = await putFile(stores, {
          content: "old",
          upload: newUpload(owner, { name: "a", size: 300 }),
        });
        const request = newUpload(owner, { name: "A", size: 50, onConflict: "replace" });
        const second = await putFile(stores, { content: "new", upload: request });
        expect(second.fileId).toBe(first.fileId);
        expect(await stores.files.find(first.fileId!)).toMatchObject({
          name: "A",
          version: 2,
          size: 50,
        });
        expect(await held()).toEqual([50, 0]);
        expect(await stores.blobs.collect({ before: NOW + 1, now: NOW, limit: 9 })).toEqual({
          blobs: 1,
        });
        expect(await stores.blobs.find(first.blobId!)).toBeUndefined();
      });

      it("keeps a blob when its only file is replaced by equal content", async () => {
        const first = await putFile(stores, {
          content: "x",
          upload: newUpload(owner, { name: "a" }),
        });
        await putFile(stores, {
          content: "x",
          upload: newUpload(owner, { name: "a", onConflict: "replace" }),
        });
        expect(await stores.blobs.collect({ before: NOW + 1, now: NOW, limit: 9 })).toEqual({
          blobs: 0,
        });
        expect(await stores.blobs.find(first.blobId!)).toBeDefined();
      });

      it("refuses an earlier epoch, and a second time", async () => {
        const upload = await fillUpload(stores, newUpload(owner));
        const publication = publicationOf(upload, { content: "a" });
        await expect(stores.uploads.publish({ ...publication, epoch: 1 })).rejects.toMatchObject({
          code: "superseded",
        });
        await stores.uploads.publish(publication);
        await expect(stores.uploads.publish(publication)).rejects.toMatchObject({
          code: "superseded",
        });
      });

      it("gives a partial a blob and no file, and keeps its bytes reserved", async () => {
        const partial = await putFile(stores, {
          content: "p",
          upload: newUpload(owner, { purpose: "partial" }),
        });
        expect(partial).toMatchObject({ state: "complete", fileId: null });
        expect(partial.blobId).not.toBeNull();
        expect(await held()).toEqual([0, 100]);
        expect(await stores.blobs.collect({ before: NOW + HOUR_MS, now: NOW, limit: 9 })).toEqual({
          blobs: 0,
        });
      });
    });

    describe("join", () => {
      const partial = (content: string) =>
        putFile(stores, { content, upload: newUpload(owner, { purpose: "partial", size: 100 }) });
      const join = (partialIds: string[], changes: Partial<NewUpload> = {}) =>
        stores.uploads.join({
          upload: newUpload(owner, { size: null, ...changes }),
          partialIds,
          blobId: newId(),
          fileId: newId(),
          now: NOW,
        });

      it("makes one file of partials, in order, and queues its identification", async () => {
        const parts = [await partial("a"), await partial("b")];
        const joined = await join([parts[1]!.id, parts[0]!.id], { name: "joined" });
        expect(joined).toMatchObject({ state: "complete", size: 200, offset: 200 });
        expect(await stores.uploads.find(joined.id)).toEqual(joined);
        const manifests = await Promise.all(
          parts.map((part) => stores.blobs.manifest(part.blobId!)),
        );
        expect(await stores.blobs.manifest(joined.blobId!)).toEqual([
          ...manifests[1]!,
          ...manifests[0]!,
        ]);
        expect(await stores.files.find(joined.fileId!)).toMatchObject({
          name: "joined",
          size: 200,
          digests: {},
        });
        expect(await held()).toEqual([200, 0]);
        const job = await stores.jobs.claim({ kinds: ["identify-blob"], now: NOW, leaseMs: 1 });
        expect(JSON.parse(job!.payload)).toEqual({ blobId: joined.blobId });
      });

      it("counts a partial that is joined again", async () => {
        const part = await partial("a");
        await join([part.id, part.id]);
        await join([part.id]);
        expect(await held()).toEqual([300, 0]);
      });

      it("refuses what it cannot join, and changes nothing", async () => {
        const part = await partial("a");
        const open = await create({ purpose: "partial" });
        const whole = await putFile(stores, {
          content: "w",
          upload: newUpload(owner, { name: "w" }),
        });
        const stranger = await newOwner(stores);
        const foreign = await putFile(stores, {
          content: "f",
          upload: newUpload(stranger, { purpose: "partial" }),
        });
        const before = await held();
        await expect(join([])).rejects.toMatchObject({ code: "invalid-request" });
        await expect(join([part.id, newId()])).rejects.toMatchObject({ code: "upload-not-found" });
        await expect(join([part.id, foreign.id])).rejects.toMatchObject({
          code: "upload-not-found",
        });
        await expect(join([whole.id])).rejects.toMatchObject({ code: "upload-not-found" });
        await expect(join([part.id, open.id])).rejects.toMatchObject({ code: "upload-incomplete" });
        await expect(join([part.id], { name: "W" })).rejects.toMatchObject({ code: "name-taken" });
        await expect(join(Array.from({ length: 10 }, () => part.id))).rejects.toMatchObject({
          code: "quota-exceeded",
        });
        expect(await held()).toEqual(before);
        expect(await stores.blobs.count()).toEqual({ blobs: 3, bytes: 300 });
      });

      it("keeps the joined bytes when the partials are purged", async () => {
        const part = await partial("a");
        const joined = await join([part.id]);
        expect(await stores.uploads.purgeEnded({ before: NOW + 1, limit: 9 })).toBe(2);
        expect(await stores.blobs.collect({ before: NOW + 1, now: NOW, limit: 9 })).toEqual({
          blobs: 0,
        });
        expect(await stores.blobs.collect({ before: NOW + 2, now: NOW, limit: 9 })).toEqual({
          blobs: 1,
        });
        expect(await stores.blobs.tombstones({ before: NOW + 9, limit: 9 })).toEqual([]);
        expect(await stores.blobs.manifest(joined.blobId!)).toHaveLength(1);
        expect(await held()).toEqual([100, 0]);
      });
    });

    describe("recovery and sweeps", () => {
      it("lists what start-up must settle", async () => {
        await create();
        const completing = await fillUpload(stores, newUpload(owner));
        const balanced = await create({ durability: "balanced" });
        const ended = await create({ durability: "relaxed" });
        await stores.uploads.transition({
          id: ended.id,
          from: ["receiving"],
          to: "aborted",
          now: NOW,
        });
        const ids = (await stores.uploads.unsettled()).map((upload) => upload.id);
        expect(ids.toSorted()).toEqual([completing.id, balanced.id].toSorted());
      });

      it("pages the extents of every open upload by id", async () => {
        const made: Upload[] = [];
        for (let i = 0; i < 5; i++) made.push(await create({ size: 10 + i }));
        await record(made[1]!, [plain(0, 2), plain(5, 9)]);
        await stores.uploads.transition({
          id: made[2]!.id,
          from: ["receiving"],
          to: "paused",
          now: NOW,
        });
        await stores.uploads.transition({
          id: made[4]!.id,
          from: ["receiving"],
          to: "aborted",
          now: NOW,
        });
        const first = await stores.uploads.openExtents({ after: "", limit: 3 });
        const second = await stores.uploads.openExtents({ after: first.at(-1)!.id, limit: 3 });
        const expected = made
          .slice(0, 4)
          .map(({ id }, i) => ({ id, highestByte: i === 1 ? 9 : 0, reservedBytes: 10 + i }))
          .toSorted((a, b) => (a.id < b.id ? -1 : 1));
        expect([...first, ...second]).toEqual(expected);
      });

      it("finds expired uploads while they are open", async () => {
        const upload = await create({ expiresAt: NOW });
        await create({ expiresAt: NOW + 1 });
        const find = () => stores.uploads.expired({ now: NOW, limit: 9 });
        expect((await find()).map((found) => found.id)).toEqual([upload.id]);
        await stores.uploads.transition({
          id: upload.id,
          from: ["receiving"],
          to: "expired",
          now: NOW,
        });
        expect(await find()).toEqual([]);
      });

      it("purges ended uploads, gives back what partials reserved and frees their blobs", async () => {
        const open = await create();
        const part = await putFile(stores, {
          content: "p",
          upload: newUpload(owner, { purpose: "partial" }),
        });
        const file = await putFile(stores, { content: "f", upload: newUpload(owner) });
        expect(await stores.uploads.purgeEnded({ before: NOW, limit: 9 })).toBe(0);
        expect(await stores.uploads.purgeEnded({ before: NOW + 1, limit: 9 })).toBe(2);
        expect(await stores.uploads.find(part.id)).toBeUndefined();
        expect(await stores.uploads.find(open.id)).toBeDefined();
        expect(await held()).toEqual([100, 100]);
        await stores.blobs.collect({ before: NOW + 2, now: NOW, limit: 9 });
        expect(await stores.blobs.find(part.blobId!)).toBeUndefined();
        expect(await stores.files.find(file.fileId!)).toBeDefined();
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
