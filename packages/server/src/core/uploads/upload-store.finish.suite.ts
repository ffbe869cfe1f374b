import { describe, expect, it } from "vitest";
import { newId } from "../ids.ts";
import {
  HOUR_MS,
  NOW,
  fillUpload,
  newOwner,
  newUpload,
  plain,
  publicationOf,
  putFile,
  sha256Of,
  useUploads,
} from "./testing/stores.ts";
import type { OpenStores } from "./testing/stores.ts";
import type { NewUpload } from "./upload-store.ts";

/** Publication and joining. */
export function describeFinishing(name: string, open: OpenStores): void {
  describe(`${name} while uploads become files`, () => {
    const { world, create, held } = useUploads(open);

    describe("publish", () => {
      it("makes a file over a new blob, moves the quota and completes", async () => {
        const completing = await fillUpload(
          world.stores,
          newUpload(world.owner, { name: "a.bin", mediaType: "text/plain" }),
        );
        const publication = publicationOf(completing, { content: "a" });
        const outcome = await world.stores.uploads.publish(publication);
        const upload = await world.stores.uploads.find(completing.id);
        expect(outcome).toEqual({ kind: "published", upload, usedNewBytes: true });
        expect(upload).toMatchObject({
          state: "complete",
          blobId: publication.blobId,
          fileId: publication.fileId,
        });
        expect(await world.stores.files.find(publication.fileId)).toMatchObject({
          ownerId: world.owner,
          name: "a.bin",
          mediaType: "text/plain",
          size: 100,
          blobId: publication.blobId,
          digests: publication.digests,
          version: 1,
        });
        expect(await world.stores.blobs.manifest(publication.blobId)).toEqual([
          { stored: publication.storedName, kind: "blob", offset: 0, length: 100 },
        ]);
        expect(await world.stores.uploads.ranges(completing.id)).toEqual([plain(0, 100)]);
        expect(await held()).toEqual([100, 0]);
      });

      it("links equal content that exists, and leaves the new bytes to the sweep", async () => {
        const first = await putFile(world.stores, {
          content: "same",
          upload: newUpload(world.owner),
        });
        const second = await fillUpload(world.stores, newUpload(world.owner));
        const publication = publicationOf(second, {
          content: "same",
          digests: { sha256: sha256Of("same"), md5: "aa" },
        });
        const outcome = await world.stores.uploads.publish(publication);
        expect(outcome).toMatchObject({
          kind: "published",
          usedNewBytes: false,
          upload: { blobId: first.blobId },
        });
        expect(await world.stores.blobs.tombstones({ before: NOW + 1, limit: 9 })).toEqual([
          { stored: publication.storedName, kind: "blob" },
        ]);
        expect(await world.stores.blobs.find(first.blobId!)).toMatchObject({
          digests: { md5: "aa" },
        });
        expect(await held()).toEqual([200, 0]);
      });

      it("asks for the bytes when the content it counted on has gone, and takes them then", async () => {
        const upload = await fillUpload(world.stores, newUpload(world.owner));
        const publication = publicationOf(upload, { content: "gone" });
        expect(await world.stores.uploads.publish({ ...publication, storedName: null })).toEqual({
          kind: "bytes-needed",
        });
        expect(await world.stores.uploads.find(upload.id)).toMatchObject({ state: "completing" });
        expect(await world.stores.uploads.publish(publication)).toMatchObject({
          kind: "published",
          usedNewBytes: true,
        });
      });

      it("keeps alive content that was about to be collected", async () => {
        const first = await putFile(world.stores, { content: "x", upload: newUpload(world.owner) });
        await world.stores.files.remove({ id: first.fileId!, ownerId: world.owner, now: NOW });
        const second = await fillUpload(world.stores, newUpload(world.owner));
        await world.stores.uploads.publish(
          publicationOf(second, { content: "x", storedName: null }),
        );
        expect(
          await world.stores.blobs.collect({ before: NOW + HOUR_MS, now: NOW, limit: 9 }),
        ).toEqual({
          blobs: 0,
        });
        expect(await world.stores.blobs.find(first.blobId!)).toBeDefined();
      });

      it("refuses a twin of a name and leaves everything as it was", async () => {
        await putFile(world.stores, {
          content: "a",
          upload: newUpload(world.owner, { name: "Caf\u00e9.txt" }),
        });
        const twin = await fillUpload(
          world.stores,
          newUpload(world.owner, { name: "cafe\u0301.TXT" }),
        );
        await expect(
          world.stores.uploads.publish(publicationOf(twin, { content: "b" })),
        ).rejects.toMatchObject({
          code: "name-taken",
        });
        expect(await world.stores.uploads.find(twin.id)).toEqual(twin);
        expect(await world.stores.blobs.count()).toEqual({ blobs: 1, bytes: 100 });
        expect(await held()).toEqual([100, 100]);
      });

      it("lets another world.owner have the name", async () => {
        await putFile(world.stores, {
          content: "a",
          upload: newUpload(world.owner, { name: "a" }),
        });
        const other = newUpload(await newOwner(world.stores), { name: "a" });
        expect(await putFile(world.stores, { content: "a", upload: other })).toMatchObject({
          state: "complete",
        });
      });

      it("numbers names to keep both", async () => {
        const upload = () =>
          newUpload(world.owner, { name: "a.tar.gz", onConflict: "keep-both", size: 1 });
        for (let i = 0; i < 5; i++)
          await putFile(world.stores, { content: `${i}`, upload: upload() });
        const { items } = await world.stores.files.list({ ownerId: world.owner, limit: 9 });
        expect(items.map((file) => file.name)).toEqual([
          "a.tar (2).gz",
          "a.tar (3).gz",
          "a.tar (4).gz",
          "a.tar (5).gz",
          "a.tar.gz",
        ]);
      });

      it("replaces: same file, next version, the old content kept and counted", async () => {
        const first = await putFile(world.stores, {
          content: "old",
          upload: newUpload(world.owner, { name: "a", size: 300 }),
        });
        const request = newUpload(world.owner, { name: "A", size: 50, onConflict: "replace" });
        const second = await putFile(world.stores, { content: "new", upload: request });
        expect(second.fileId).toBe(first.fileId);
        expect(await world.stores.files.find(first.fileId!)).toMatchObject({
          name: "A",
          version: 2,
          size: 50,
        });
        expect(await held()).toEqual([350, 0]);
        expect(await world.stores.blobs.collect({ before: NOW + 1, now: NOW, limit: 9 })).toEqual({
          blobs: 0,
        });
        expect(await world.stores.blobs.find(first.blobId!)).toBeDefined();
      });

      it("keeps a blob when its only file is replaced by equal content", async () => {
        const first = await putFile(world.stores, {
          content: "x",
          upload: newUpload(world.owner, { name: "a" }),
        });
        await putFile(world.stores, {
          content: "x",
          upload: newUpload(world.owner, { name: "a", onConflict: "replace" }),
        });
        expect(await world.stores.blobs.collect({ before: NOW + 1, now: NOW, limit: 9 })).toEqual({
          blobs: 0,
        });
        expect(await world.stores.blobs.find(first.blobId!)).toBeDefined();
      });

      it("refuses an earlier epoch, and a second time", async () => {
        const upload = await fillUpload(world.stores, newUpload(world.owner));
        const publication = publicationOf(upload, { content: "a" });
        await expect(
          world.stores.uploads.publish({ ...publication, epoch: 1 }),
        ).rejects.toMatchObject({
          code: "superseded",
        });
        await world.stores.uploads.publish(publication);
        await expect(world.stores.uploads.publish(publication)).rejects.toMatchObject({
          code: "superseded",
        });
      });

      it("gives a partial a blob and no file, and keeps its bytes reserved", async () => {
        const partial = await putFile(world.stores, {
          content: "p",
          upload: newUpload(world.owner, { purpose: "partial" }),
        });
        expect(partial).toMatchObject({ state: "complete", fileId: null });
        expect(partial.blobId).not.toBeNull();
        expect(await held()).toEqual([0, 100]);
        expect(
          await world.stores.blobs.collect({ before: NOW + HOUR_MS, now: NOW, limit: 9 }),
        ).toEqual({
          blobs: 0,
        });
      });
    });

    describe("join", () => {
      const partial = (content: string) =>
        putFile(world.stores, {
          content,
          upload: newUpload(world.owner, { purpose: "partial", size: 100 }),
        });
      const join = (partialIds: string[], changes: Partial<NewUpload> = {}) =>
        world.stores.uploads.join({
          upload: newUpload(world.owner, { size: null, ...changes }),
          partialIds,
          blobId: newId(),
          fileId: newId(),
          now: NOW,
        });

      it("makes one file of partials, in order, and queues its identification", async () => {
        const parts = [await partial("a"), await partial("b")];
        const joined = await join([parts[1]!.id, parts[0]!.id], { name: "joined" });
        expect(joined).toMatchObject({ state: "complete", size: 200, offset: 200 });
        expect(await world.stores.uploads.find(joined.id)).toEqual(joined);
        const manifests = await Promise.all(
          parts.map((part) => world.stores.blobs.manifest(part.blobId!)),
        );
        expect(await world.stores.blobs.manifest(joined.blobId!)).toEqual([
          ...manifests[1]!,
          ...manifests[0]!,
        ]);
        expect(await world.stores.files.find(joined.fileId!)).toMatchObject({
          name: "joined",
          size: 200,
          digests: {},
        });
        expect(await held()).toEqual([200, 0]);
        const job = await world.stores.jobs.claim({
          kinds: ["identify-blob"],
          now: NOW,
          leaseMs: 1,
        });
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
        const whole = await putFile(world.stores, {
          content: "w",
          upload: newUpload(world.owner, { name: "w" }),
        });
        const stranger = await newOwner(world.stores);
        const foreign = await putFile(world.stores, {
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
        expect(await world.stores.blobs.count()).toEqual({ blobs: 3, bytes: 300 });
      });

      it("keeps the joined bytes when the partials are purged", async () => {
        const part = await partial("a");
        const joined = await join([part.id]);
        expect(await world.stores.uploads.purgeEnded({ before: NOW + 1, limit: 9 })).toBe(2);
        expect(await world.stores.blobs.collect({ before: NOW + 1, now: NOW, limit: 9 })).toEqual({
          blobs: 0,
        });
        expect(await world.stores.blobs.collect({ before: NOW + 2, now: NOW, limit: 9 })).toEqual({
          blobs: 1,
        });
        expect(await world.stores.blobs.tombstones({ before: NOW + 9, limit: 9 })).toEqual([]);
        expect(await world.stores.blobs.manifest(joined.blobId!)).toHaveLength(1);
        expect(await held()).toEqual([100, 0]);
      });
    });
  });
}
