import { systemActor } from "../events.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newId } from "../ids.ts";
import {
  NOW,
  fillUpload,
  newOwner,
  newUpload,
  publicationOf,
  putFile,
  sha256Of,
} from "../uploads/testing/stores.ts";
import type { OpenStores, Stores } from "../uploads/testing/stores.ts";
import type { SmallFile } from "./blob-index.ts";
import type { ManifestSegment } from "./manifest.ts";

/** What every adapter of `BlobIndex` must do. */
export function describeBlobIndex(name: string, open: OpenStores): void {
  describe(`${name} as a blob index`, () => {
    let stores: Stores;
    let owner: string;

    beforeEach(async () => {
      stores = await open();
      owner = await newOwner(stores, 10_000);
    });
    afterEach(() => stores.close());

    const put = (content: string, changes: Parameters<typeof newUpload>[1] = {}) =>
      putFile(stores, { content, upload: newUpload(owner, { size: 10, ...changes }) });
    const small = (content: string, changes: Partial<SmallFile> = {}): SmallFile => ({
      fileId: newId(),
      blobId: newId(),
      ownerId: owner,
      parentId: owner,
      folders: [],
      actor: systemActor,
      name: newId(),
      mediaType: null,
      size: 10,
      sha256: sha256Of(content),
      onConflict: "fail",
      segment: { stored: "pack-1", offset: 0 },
      ...changes,
    });
    const publish = (
      files: SmallFile[],
      pack: { stored: string; length: number } | null = { stored: "pack-1", length: 100 },
    ) => stores.blobs.publishSmall({ files, pack, now: NOW });
    const remove = (fileId: string, now = NOW) =>
      stores.files.remove({ actor: systemActor, id: fileId, ownerId: owner, now });
    const collect = (before = NOW + 1, limit = 100) =>
      stores.blobs.collect({ before, now: NOW + 7, limit });
    const tombstones = () => stores.blobs.tombstones({ before: NOW + 8, limit: 100 });
    const held = async () => (await stores.accounts.find(owner))!.usedBytes;
    const join = async (partials: string[]) =>
      await stores.uploads.join({
        upload: newUpload(owner),
        partialIds: partials,
        blobId: newId(),
        fileId: newId(),
        now: NOW,
      });
    const partial = async (content: string) => (await put(content, { purpose: "partial" })).id;

    describe("look-ups", () => {
      it("finds by id, by content, in pages, and counts", async () => {
        const ids = [];
        for (const content of ["a", "b", "c"]) ids.push((await put(content)).blobId!);
        const [first] = ids;
        expect(await stores.blobs.find(first!)).toEqual({
          id: first,
          size: 10,
          digests: { sha256: sha256Of("a") },
          createdAt: NOW,
        });
        expect(await stores.blobs.find(newId())).toBeUndefined();
        const found = await stores.blobs.findBySha256([
          sha256Of("a"),
          sha256Of("x"),
          sha256Of("c"),
          sha256Of("a"),
        ]);
        expect(new Map([...found].map(([hash, blob]) => [hash, blob.id]))).toEqual(
          new Map([
            [sha256Of("a"), ids[0]],
            [sha256Of("c"), ids[2]],
          ]),
        );
        expect(await stores.blobs.findBySha256([])).toEqual(new Map());
        const page = await stores.blobs.page({ after: "", limit: 2 });
        const rest = await stores.blobs.page({ after: page.at(-1)!.id, limit: 2 });
        expect([...page, ...rest].map((blob) => blob.id)).toEqual(ids.toSorted());
        expect(await stores.blobs.count()).toEqual({ blobs: 3, bytes: 30 });
      });

      it("counts none in an empty index", async () => {
        expect(await stores.blobs.count()).toEqual({ blobs: 0, bytes: 0 });
      });

      it("knows stored names by the thousand", async () => {
        const { blobId } = await put("a");
        const [{ stored }] = (await stores.blobs.manifest(blobId!)) as [ManifestSegment];
        const asked = [...Array.from({ length: 1500 }, () => newId()), stored];
        expect(await stores.blobs.known(asked)).toEqual(new Set([stored]));
      });

      it("adds checksums, and never changes one that is there", async () => {
        const { blobId } = await put("a");
        await stores.blobs.addDigests({
          blobId: blobId!,
          digests: { md5: "m1", sha256: sha256Of("other") },
        });
        await stores.blobs.addDigests({ blobId: blobId!, digests: { md5: "m2", sha1: "s1" } });
        const blob = await stores.blobs.find(blobId!);
        expect(blob!.digests).toEqual({ sha256: sha256Of("a"), md5: "m1", sha1: "s1" });
      });
    });

    describe("publishSmall", () => {
      it("publishes a batch of a thousand in one go, a segment of the pack each", async () => {
        const files = Array.from({ length: 1000 }, (_, i) =>
          small(`content ${i}`, {
            size: 10,
            name: `file ${i}`,
            segment: { stored: "pack-1", offset: i * 10 },
          }),
        );
        const outcomes = await publish(files, { stored: "pack-1", length: 10_000 });
        expect(outcomes).toEqual(
          files.map(({ fileId }) => ({
            kind: "published",
            fileId,
            parentId: owner,
            usedNewBytes: true,
          })),
        );
        expect(await stores.files.find(files[700]!.fileId)).toMatchObject({
          name: "file 700",
          size: 10,
          version: 1,
          blobId: files[700]!.blobId,
          digests: { sha256: files[700]!.sha256 },
        });
        expect(await stores.blobs.manifest(files[700]!.blobId)).toEqual([
          { stored: "pack-1", kind: "pack", offset: 7000, length: 10 },
        ]);
        expect(await held()).toBe(10_000);
        expect(await stores.blobs.count()).toEqual({ blobs: 1000, bytes: 10_000 });
      });

      it("publishes nothing of an empty batch", async () => {
        expect(await publish([], null)).toEqual([]);
      });

      it("shares a blob between equal contents, of before and of the batch", async () => {
        const before = await put("old");
        const files = [
          small("old"),
          small("new"),
          small("new"),
          small("old", { segment: null }),
          small("new", { segment: null }),
        ];
        const outcomes = await publish(files);
        expect(
          outcomes.map((outcome) => outcome.kind === "published" && outcome.usedNewBytes),
        ).toEqual([false, true, false, false, false]);
        const blobIds = await Promise.all(
          files.map(async ({ fileId }) => (await stores.files.find(fileId))!.blobId),
        );
        const fresh = files[1]!.blobId;
        expect(blobIds).toEqual([before.blobId, fresh, fresh, before.blobId, fresh]);
        expect(await stores.blobs.count()).toEqual({ blobs: 2, bytes: 20 });
      });

      it("asks for bytes that were thought to be there", async () => {
        const file = small("gone", { segment: null });
        expect(await publish([file], null)).toEqual([{ kind: "bytes-needed" }]);
        expect(
          await publish([{ ...file, segment: { stored: "pack-1", offset: 0 } }]),
        ).toMatchObject([{ kind: "published" }]);
      });

      it("obeys the conflict policy against the files of before and of the batch", async () => {
        const before = await put("old", { name: "a.txt" });
        const files = [
          small("1", { name: "A.txt" }),
          small("2", { name: "a.txt", onConflict: "keep-both" }),
          small("3", { name: "a.txt", onConflict: "keep-both" }),
          small("4", { name: "b" }),
          small("5", { name: "B" }),
          small("6", { name: "B", onConflict: "replace", size: 30 }),
          small("7", { name: "A.TXT", onConflict: "replace", size: 1 }),
          small("8", { name: "a (2).txt" }),
        ];
        const outcomes = await publish(files);
        const id = (i: number) => files[i]!.fileId;
        expect(outcomes).toEqual([
          { kind: "name-taken" },
          { kind: "published", fileId: id(1), parentId: owner, usedNewBytes: true },
          { kind: "published", fileId: id(2), parentId: owner, usedNewBytes: true },
          { kind: "published", fileId: id(3), parentId: owner, usedNewBytes: true },
          { kind: "name-taken" },
          { kind: "published", fileId: id(3), parentId: owner, usedNewBytes: true },
          { kind: "published", fileId: before.fileId, parentId: owner, usedNewBytes: true },
          { kind: "name-taken" },
        ]);
        const { items } = await stores.files.list({ ownerId: owner, limit: 9 });
        expect(items.map((file) => [file.name, file.version, file.size, file.id])).toEqual([
          ["a (2).txt", 1, 10, id(1)],
          ["a (3).txt", 1, 10, id(2)],
          ["A.TXT", 2, 1, before.fileId],
          ["B", 2, 30, id(3)],
        ]);
        expect(items[2]!.createdAt).toBe(NOW);
        // The replaced contents, "old" and "4", are versions. "1", "5" and "8" were never taken in.
        expect(await held()).toBe(71);
        expect(await collect()).toEqual({ blobs: 0 });
        expect(await stores.blobs.count()).toEqual({ blobs: 6, bytes: 71 });
      });

      it("keeps equal content under its name the one file that it is, where that is asked for", async () => {
        const onConflict = "keep-distinct" as const;
        const files = ["1", "1", "2"].map((text) => small(text, { name: "a", onConflict }));
        const outcomes = await publish(files);
        const ids = outcomes.map((one) => (one.kind === "published" ? one.fileId : one.kind));
        expect(ids).toEqual([files[0]!.fileId, files[0]!.fileId, files[2]!.fileId]);
        const { items } = await stores.files.list({ ownerId: owner, limit: 9 });
        expect(items.map((file) => file.name)).toEqual(["a", "a (2)"]);
        expect(await held()).toBe(20);
      });

      it("numbers a thousand equal names without gaps", async () => {
        const files = Array.from({ length: 1000 }, () =>
          small("x", { name: "n", onConflict: "keep-both", size: 0 }),
        );
        await publish(files);
        const { items } = await stores.files.list({ ownerId: owner, limit: 2000 });
        const expected = ["n", ...Array.from({ length: 999 }, (_, i) => `n (${i + 2})`)];
        expect(items.map((file) => file.name).toSorted()).toEqual(expected.toSorted());
      });

      it("takes in what fits the quota, in order", async () => {
        await put("old", { size: 9000 });
        const [big, small1, small2, small3] = [
          small("1", { size: 1001 }),
          small("2", { size: 600 }),
          small("3", { size: 500 }),
          small("4", { size: 400 }),
        ];
        expect(await publish([big, small1, small2, small3])).toEqual([
          { kind: "quota-exceeded", quotaBytes: 10_000, usedBytes: 9000 },
          { kind: "published", fileId: small1.fileId, parentId: owner, usedNewBytes: true },
          { kind: "quota-exceeded", quotaBytes: 10_000, usedBytes: 9600 },
          { kind: "published", fileId: small3.fileId, parentId: owner, usedNewBytes: true },
        ]);
        expect(await held()).toBe(10_000);
      });

      it("serves several owners in one batch", async () => {
        const other = await newOwner(stores, 10);
        const files = [
          small("1", { name: "a" }),
          small("2", { name: "a", ownerId: other, parentId: other }),
          small("3", { ownerId: other, parentId: other }),
        ];
        expect((await publish(files)).map((outcome) => outcome.kind)).toEqual([
          "published",
          "published",
          "quota-exceeded",
        ]);
        expect((await stores.files.list({ ownerId: other, limit: 9 })).items).toHaveLength(1);
      });

      it("keeps alive content that was about to be collected", async () => {
        const { fileId, blobId } = await put("x");
        await remove(fileId!);
        await publish([small("x", { segment: null })], null);
        expect(await collect()).toEqual({ blobs: 0 });
        expect(await stores.blobs.find(blobId!)).toBeDefined();
      });

      it("takes no bytes in a pack that is going away", async () => {
        const first = small("1");
        await publish([first]);
        await publish([small("2", { segment: { stored: "pack-2", offset: 0 } })], {
          stored: "pack-2",
          length: 100,
        });
        await remove(first.fileId);
        await collect();
        expect(await tombstones()).toEqual([{ stored: "pack-1", kind: "pack" }]);
        expect(await publish([small("3")])).toEqual([{ kind: "bytes-needed" }]);
      });
    });

    describe("deletion in three steps", () => {
      it("collects after the grace period only, then names what to unlink, then forgets it", async () => {
        const { fileId, blobId } = await put("a");
        const [{ stored }] = (await stores.blobs.manifest(blobId!)) as [ManifestSegment];
        await remove(fileId!, NOW);
        expect(await collect(NOW)).toEqual({ blobs: 0 });
        expect(await collect(NOW + 1)).toEqual({ blobs: 1 });
        expect(await stores.blobs.find(blobId!)).toBeUndefined();
        expect(await stores.blobs.manifest(blobId!)).toEqual([]);
        expect(await stores.blobs.tombstones({ before: NOW + 7, limit: 9 })).toEqual([]);
        expect(await tombstones()).toEqual([{ stored, kind: "blob" }]);
        expect(await stores.blobs.known([stored])).toEqual(new Set([stored]));
        await stores.blobs.forget({ stored: [stored] });
        expect(await stores.blobs.known([stored])).toEqual(new Set());
      });

      it("counts the grace period from the last loss of the last reference", async () => {
        const first = await put("a");
        await remove(first.fileId!, NOW);
        const second = await put("a");
        expect(second.blobId).toBe(first.blobId);
        await remove(second.fileId!, NOW + 50);
        expect(await collect(NOW + 50)).toEqual({ blobs: 0 });
        await publish([small("a", { fileId: first.fileId!, segment: null })]);
        await remove(first.fileId!, NOW + 90);
        expect(await collect(NOW + 90)).toEqual({ blobs: 0 });
        expect(await collect(NOW + 91)).toEqual({ blobs: 1 });
      });

      it("keeps what a finished partial refers to", async () => {
        const file = await put("a");
        await partial("a");
        await remove(file.fileId!);
        expect(await collect(NOW + 100)).toEqual({ blobs: 0 });
        expect(await stores.blobs.find(file.blobId!)).toBeDefined();
      });

      it("collects up to the limit, the longest orphaned first", async () => {
        const files = [await put("a"), await put("b"), await put("c")];
        for (const [i, file] of files.entries()) await remove(file.fileId!, NOW + 10 - i);
        expect(await collect(NOW + 100, 2)).toEqual({ blobs: 2 });
        expect(await stores.blobs.find(files[0]!.blobId!)).toBeDefined();
        expect(await collect(NOW + 100, 2)).toEqual({ blobs: 1 });
      });

      it("never forgets a stored file that is in use", async () => {
        const { blobId } = await put("a");
        const [{ stored }] = (await stores.blobs.manifest(blobId!)) as [ManifestSegment];
        await stores.blobs.forget({ stored: [stored] });
        expect(await stores.blobs.manifest(blobId!)).toHaveLength(1);
      });

      it("leaves the newest pack open, even when it is empty", async () => {
        const first = small("1");
        await publish([first]);
        await remove(first.fileId);
        expect(await collect()).toEqual({ blobs: 1 });
        expect(await tombstones()).toEqual([]);
        expect(await publish([small("2")])).toMatchObject([{ kind: "published" }]);
      });

      it("entombs an empty pack once a newer one exists", async () => {
        const first = small("1");
        await publish([first]);
        await remove(first.fileId);
        await collect();
        await stores.blobs.publishSmall({
          files: [small("2", { segment: { stored: "pack-2", offset: 0 } })],
          pack: { stored: "pack-2", length: 10 },
          now: NOW + 1,
        });
        await collect();
        expect(await tombstones()).toEqual([{ stored: "pack-1", kind: "pack" }]);
      });

      it("keeps a stored file as long as any blob lies in it", async () => {
        const id = await partial("p");
        const joined = await join([id, id]);
        await stores.uploads.purgeEnded({ before: NOW + 1, limit: 9 });
        await collect(NOW + 2);
        expect(await tombstones()).toEqual([]);
        await remove(joined.fileId!);
        expect(await collect()).toEqual({ blobs: 1 });
        expect(await tombstones()).toHaveLength(1);
      });
    });

    describe("identify", () => {
      it("gives a joined blob its identity", async () => {
        const joined = await join([await partial("p")]);
        const digests = { sha256: sha256Of("joined"), md5: "m" };
        await stores.blobs.identify({ blobId: joined.blobId!, digests, now: NOW });
        expect(await stores.blobs.find(joined.blobId!)).toMatchObject({ digests });
        expect((await stores.blobs.findBySha256([sha256Of("joined")])).size).toBe(1);
      });

      it("moves references to the equal blob that exists, and orphans the other", async () => {
        const known = await put("whole");
        const joined = await join([await partial("p")]);
        const input = { blobId: joined.blobId!, digests: { sha256: sha256Of("whole") }, now: NOW };
        await stores.blobs.identify(input);
        expect(await stores.files.find(joined.fileId!)).toMatchObject({ blobId: known.blobId });
        await stores.blobs.identify(input);
        expect(await collect()).toEqual({ blobs: 1 });
        expect(await stores.blobs.find(joined.blobId!)).toBeUndefined();
        await stores.blobs.identify(input);
        expect(await stores.files.find(joined.fileId!)).toMatchObject({
          digests: { sha256: sha256Of("whole") },
        });
      });

      it("keeps the equal blob when it had no other reference left", async () => {
        const known = await put("whole");
        const joined = await join([await partial("p")]);
        await remove(known.fileId!);
        await stores.blobs.identify({
          blobId: joined.blobId!,
          digests: { sha256: sha256Of("whole") },
          now: NOW,
        });
        await collect();
        expect(await stores.blobs.find(known.blobId!)).toBeDefined();
      });
    });

    describe("compaction", () => {
      const whole = (stored: string, length: number): ManifestSegment => ({
        stored,
        kind: "blob",
        offset: 0,
        length,
      });

      it("finds blobs of many segments", async () => {
        const part = await partial("p");
        const joined = await join([part, part, part]);
        await put("one");
        const ids = async (segments: number) =>
          (await stores.blobs.fragmented({ segments, limit: 9 })).map((blob) => blob.id);
        expect(await ids(1)).toEqual([joined.blobId]);
        expect(await ids(2)).toEqual([joined.blobId]);
        expect(await ids(3)).toEqual([]);
      });

      it("replaces a manifest, and entombs what no blob lies in any more", async () => {
        const part = await partial("p");
        const joined = await join([part, part]);
        await stores.uploads.purgeEnded({ before: NOW + 1, limit: 9 });
        await collect(NOW + 2);
        const from = await stores.blobs.manifest(joined.blobId!);
        const replace = () =>
          stores.blobs.replaceManifest({
            blobId: joined.blobId!,
            from,
            to: [whole("compact", 20)],
            now: NOW,
          });
        expect(await replace()).toBe(true);
        expect(await stores.blobs.manifest(joined.blobId!)).toEqual([whole("compact", 20)]);
        expect((await tombstones()).map((file) => file.stored)).toEqual([from[0]!.stored]);
      });

      it("moves a blob into a pack that is new and yet not the newest, and back into its own", async () => {
        const file = small("1");
        await publish([file]);
        const { blobId } = file;
        const inPack1 = await stores.blobs.manifest(blobId);
        const inPack0: ManifestSegment[] = [
          { stored: "pack-0", kind: "pack", offset: 0, length: 10 },
        ];
        const there = { blobId, from: inPack1, to: inPack0, now: NOW };
        expect(await stores.blobs.replaceManifest(there)).toBe(true);
        const again: ManifestSegment[] = [
          { stored: "pack-0", kind: "pack", offset: 10, length: 10 },
        ];
        expect(
          await stores.blobs.replaceManifest({ blobId, from: inPack0, to: again, now: NOW }),
        ).toBe(true);
        expect(await tombstones()).toEqual([]);
        expect(await stores.blobs.manifest(blobId)).toEqual(again);
      });

      it("refuses when the manifest has changed, and leaves the new file to the sweep", async () => {
        const { blobId } = await put("a");
        const stale = [whole("elsewhere", 10)];
        const replaced = await stores.blobs.replaceManifest({
          blobId: blobId!,
          from: stale,
          to: [whole("new", 10)],
          now: NOW,
        });
        expect(replaced).toBe(false);
        expect(await tombstones()).toEqual([{ stored: "new", kind: "blob" }]);
        const gone = await stores.blobs.replaceManifest({
          blobId: newId(),
          from: [],
          to: [whole("new-2", 10)],
          now: NOW,
        });
        expect(gone).toBe(false);
      });

      it("names packs that are mostly dead, with who lives there", async () => {
        const files = Array.from({ length: 4 }, (_, i) =>
          small(`${i}`, { segment: { stored: "pack-1", offset: i * 10 } }),
        );
        await publish(files, { stored: "pack-1", length: 40 });
        await publish([small("n", { segment: { stored: "pack-2", offset: 0 } })], {
          stored: "pack-2",
          length: 10,
        });
        const sparse = (minLength = 0) =>
          stores.blobs.sparsePacks({ liveRatio: 0.5, minLength, limit: 9 });
        expect(await sparse()).toEqual([]);
        for (const file of files.slice(0, 3)) await remove(file.fileId);
        await collect();
        expect(await sparse()).toEqual([{ stored: "pack-1", blobIds: [files[3]!.blobId] }]);
        expect(await sparse(41)).toEqual([]);

        const to: ManifestSegment[] = [{ stored: "pack-3", kind: "pack", offset: 0, length: 10 }];
        const from = await stores.blobs.manifest(files[3]!.blobId);
        expect(
          await stores.blobs.replaceManifest({ blobId: files[3]!.blobId, from, to, now: NOW + 1 }),
        ).toBe(true);
        expect((await tombstones()).map((file) => file.stored)).toEqual(["pack-1"]);
        expect(await sparse()).toEqual([]);
      });

      it("never moves a blob into a file that is going away", async () => {
        const doomed = await put("doomed");
        const [{ stored }] = (await stores.blobs.manifest(doomed.blobId!)) as [ManifestSegment];
        await remove(doomed.fileId!);
        await collect();
        const kept = await put("kept");
        const from = await stores.blobs.manifest(kept.blobId!);
        const move = { blobId: kept.blobId!, from, to: [whole(stored, 10)], now: NOW };
        expect(await stores.blobs.replaceManifest(move)).toBe(false);
        expect(await stores.blobs.manifest(kept.blobId!)).toEqual(from);
      });
    });

    it("lets a publish that races a collection keep its blob or ask for the bytes, never lose it", async () => {
      for (let round = 0; round < 10; round++) {
        const old = await put(`round ${round}`);
        await remove(old.fileId!);
        const racer = await fillUpload(stores, newUpload(owner, { size: 10 }));
        const publication = publicationOf(racer, { content: `round ${round}`, storedName: null });
        const calls = [() => stores.uploads.publish(publication), () => collect()];
        const order = round % 2 === 0 ? calls : calls.toReversed();
        await Promise.all(order.map((call) => call()));
        const upload = await stores.uploads.find(racer.id);
        if (upload!.state === "complete")
          expect(await stores.blobs.manifest(upload!.blobId!)).toHaveLength(1);
        else expect(await stores.blobs.find(old.blobId!)).toBeUndefined();
      }
    });
  });
}
