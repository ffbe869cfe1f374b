import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemActor } from "../events.ts";
import { newId } from "../ids.ts";
import {
  newOwner,
  newUpload,
  NOW,
  putFile,
  sha256Of,
  type OpenStores,
  type Stores,
} from "../uploads/testing/stores.ts";
import { makePreviewJob, type DerivedKey, type DerivedStore } from "./derived-store.ts";

/** What every adapter of `DerivedStore` must do. */
export function describeDerivedStore(name: string, open: OpenStores): void {
  describe(`${name} as a store of derived blobs`, () => {
    let stores: Stores;
    let derived: DerivedStore;
    let owner: string;
    beforeEach(async () => {
      stores = await open();
      derived = stores.derived;
      owner = await newOwner(stores);
    });
    afterEach(() => stores.close());

    const put = async (content: string) => {
      const upload = await putFile(stores, { content, upload: newUpload(owner, { size: 10 }) });
      return { blobId: upload.blobId!, fileId: upload.fileId! };
    };
    const keyOf = (blobId: string): DerivedKey => ({ blobId, kind: "image-256" });
    const publish = (key: DerivedKey, content: string, changes: object = {}) =>
      derived.publish({
        ...key,
        derivedId: newId(),
        size: 10,
        sha256: sha256Of(content),
        segment: { stored: "pack-1", offset: 0 },
        pack: { stored: "pack-1", length: 100 },
        now: NOW,
        ...changes,
      });
    const remove = (id: string) =>
      stores.files.remove({ id, ownerId: owner, actor: systemActor, now: NOW });
    const collect = async () =>
      (await stores.blobs.collect({ before: NOW + 2, now: NOW + 1, limit: 100 })).blobs;
    const request = (keys: DerivedKey[], maxWaiting = 9) =>
      derived.request({ keys, maxWaiting, now: NOW });
    const claim = () => stores.jobs.claim({ kinds: [makePreviewJob], now: NOW, leaseMs: 9 });

    it("keeps what was made for as long as what it was made from", async () => {
      const { blobId, fileId } = await put("a");
      expect(await derived.find(keyOf(blobId))).toBeUndefined();
      expect(await publish(keyOf(blobId), "small a")).toBe("published");
      const found = await derived.find(keyOf(blobId));
      expect(found).toMatchObject({ state: "made", size: 10 });
      expect(await collect()).toBe(0);
      expect((await stores.accounts.find(owner))!.usedBytes).toBe(10);
      await remove(fileId);
      expect(await collect()).toBe(1);
      expect(await derived.find(keyOf(blobId))).toBeUndefined();
      expect(await collect()).toBe(1);
      expect((await stores.blobs.count()).blobs).toBe(0);
    });

    it("shares equal content, and lets it go with the last that refers to it", async () => {
      const [a, b] = [await put("a"), await put("b")];
      await publish(keyOf(a.blobId), "same");
      expect(await publish(keyOf(b.blobId), "same", { segment: null, pack: null })).toBe(
        "published",
      );
      expect(await derived.find(keyOf(b.blobId))).toEqual(await derived.find(keyOf(a.blobId)));
      await remove(a.fileId);
      expect([await collect(), await collect()]).toEqual([1, 0]);
      expect(await derived.find(keyOf(b.blobId))).toMatchObject({ state: "made" });
      await remove(b.fileId);
      expect([await collect(), await collect()]).toEqual([1, 1]);
    });

    it("shares with files too: what is a file stays one", async () => {
      const [a, small] = [await put("a"), await put("small")];
      await publish(keyOf(a.blobId), "small", { segment: null, pack: null });
      expect(await derived.find(keyOf(a.blobId))).toMatchObject({ blobId: small.blobId });
      await remove(small.fileId);
      expect(await collect()).toBe(0);
      await remove(a.fileId);
      expect([await collect(), await collect()]).toEqual([1, 1]);
    });

    it("does not keep a blob for being its own preview", async () => {
      const { blobId, fileId } = await put("a");
      expect(await publish(keyOf(blobId), "a", { segment: null, pack: null })).toBe("published");
      expect(await derived.find(keyOf(blobId))).toMatchObject({ blobId });
      await remove(fileId);
      expect(await collect()).toBe(1);
      expect(await derived.find(keyOf(blobId))).toBeUndefined();
    });

    it("asks for bytes that are nowhere, and takes none into a pack that is going away", async () => {
      const { blobId } = await put("a");
      const nothing = { segment: null, pack: null };
      expect(await publish(keyOf(blobId), "small", nothing)).toBe("bytes-needed");
      expect(await derived.find(keyOf(blobId))).toBeUndefined();
    });

    it("makes nothing for a blob that is gone", async () => {
      expect(await publish(keyOf(newId()), "small")).toBe("source-gone");
      const gone = { ...keyOf(newId()), reason: "damaged" as const, now: NOW };
      await derived.refuse(gone);
      expect(await derived.find(gone)).toBeUndefined();
    });

    it("notes that there will be none, but never over one that there is", async () => {
      const [a, b] = [await put("a"), await put("b")];
      const refuse = (blobId: string) =>
        derived.refuse({ ...keyOf(blobId), reason: "damaged", now: NOW });
      await refuse(a.blobId);
      const none = { state: "impossible", reason: "damaged" };
      expect(await derived.find(keyOf(a.blobId))).toEqual(none);
      await publish(keyOf(b.blobId), "small");
      await refuse(b.blobId);
      expect(await derived.find(keyOf(b.blobId))).toMatchObject({ state: "made" });
      await publish(keyOf(a.blobId), "other", { segment: { stored: "pack-1", offset: 10 } });
      expect(await derived.find(keyOf(a.blobId))).toMatchObject({ state: "made" });
    });

    it("takes a later delivery of the same job, and lets go what the first kept", async () => {
      const { blobId } = await put("a");
      await publish(keyOf(blobId), "first");
      await publish(keyOf(blobId), "second", { segment: { stored: "pack-1", offset: 10 } });
      expect(await collect()).toBe(1);
      expect(await derived.find(keyOf(blobId))).toMatchObject({ state: "made" });
    });

    it("enqueues each once, and no more than may wait", async () => {
      const [a, b, c] = [await put("a"), await put("b"), await put("c")];
      const keys = [a, b, c].map(({ blobId }) => keyOf(blobId));
      expect(await request([keys[0]!, keys[0]!])).toBe(2);
      expect(await request(keys, 2)).toBe(2);
      expect(await request([keys[2]!], 2)).toBe(0);
      const job = await claim();
      expect(JSON.parse(job!.payload)).toEqual(keys[0]);
      await stores.jobs.finish({ id: job!.id, attempt: 1 });
      await publish(keys[0]!, "small");
      expect(await request(keys, 2)).toBe(3);
      expect(await stores.jobs.counts()).toMatchObject({ ready: 2 });
    });
  });
}
