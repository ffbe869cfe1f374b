/** The promises of `TaskStore`, and of `UploadStore.dropRange`, that the dialects build on. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newId } from "../ids.ts";
import {
  NOW,
  newOwner,
  newUpload,
  type OpenStores,
  type Stores,
} from "../uploads/testing/stores.ts";

export function describeTaskStore(adapter: string, open: OpenStores): void {
  describe(`task store: ${adapter}`, () => {
    let stores: Stores;
    beforeEach(async () => {
      stores = await open();
    });
    afterEach(() => stores.close());

    const begin = async () => {
      const ownerId = await newOwner(stores, 1_000_000);
      const { upload } = await stores.uploads.create({
        upload: newUpload(ownerId, { size: 30 }),
        maxOpenUploads: 10,
      });
      const task = {
        uploadId: upload.id,
        ownerId,
        dialect: "d",
        key: "k",
        totalChunks: 3,
        chunkSize: null,
      };
      return { ...stores, ownerId, upload, task };
    };

    it("finds a task by upload and by key, and each chunk's digest, of any length", async () => {
      const { tasks, task, ownerId } = await begin();
      const chunkHashes = ["a".repeat(32), "b".repeat(64), "c".repeat(40)];
      await tasks.put({ task, chunkHashes, now: NOW });
      const kept = { ...task, isSuspect: false };
      expect(await tasks.find(task.uploadId)).toEqual(kept);
      expect(await tasks.findByKey({ ownerId, dialect: "d", key: "k" })).toEqual(kept);
      expect(await tasks.findByKey({ ownerId, dialect: "other", key: "k" })).toBeUndefined();
      for (const [index, hash] of chunkHashes.entries())
        expect(await tasks.chunkHash({ uploadId: task.uploadId, index })).toBe(hash);
      expect(await tasks.chunkHash({ uploadId: task.uploadId, index: 3 })).toBeUndefined();
    });

    it("makes what is held suspect when the declaration changes, and only then", async () => {
      const { tasks, task } = await begin();
      const isSuspect = async () => (await tasks.find(task.uploadId))?.isSuspect;
      await tasks.put({ task, chunkHashes: ["a"], now: NOW });
      await tasks.put({ task, chunkHashes: ["a"], now: NOW });
      expect(await isSuspect()).toBe(false);
      await tasks.put({ task, chunkHashes: ["b"], now: NOW });
      expect(await isSuspect()).toBe(true);
    });

    it("moves a key to the newer upload", async () => {
      const { tasks, task, ownerId } = await begin();
      await tasks.put({ task, chunkHashes: null, now: NOW });
      const uploadId = newId(NOW);
      await tasks.put({ task: { ...task, uploadId }, chunkHashes: null, now: NOW });
      const found = await tasks.findByKey({ ownerId, dialect: "d", key: "k" });
      expect(found?.uploadId).toBe(uploadId);
    });

    it("settles the chunk size once, for the upload too", async () => {
      const { tasks, uploads, task } = await begin();
      const { uploadId } = task;
      await tasks.put({ task, chunkHashes: null, now: NOW });
      expect(await tasks.settleChunkSize({ uploadId, chunkSize: 12 })).toBe(12);
      expect(await tasks.settleChunkSize({ uploadId, chunkSize: 10 })).toBe(12);
      expect(await uploads.find(uploadId)).toMatchObject({ partSize: 12 });
    });

    it("forgets a range of an upload and keeps the rest, exactly", async () => {
      const { uploads, upload } = await begin();
      const { id } = upload;
      const range = (start: number, end: number) => ({ start, end, crc32: null });
      const record = { id, epoch: upload.epoch, now: NOW, expiresAt: NOW + 1 };
      await uploads.recordRanges({ ...record, ranges: [range(0, 10), range(15, 30)] });
      const dropped = await uploads.dropRange({ id, range: { start: 5, end: 20 }, now: NOW });
      expect(dropped).toMatchObject({ offset: 5, receivedBytes: 15, epoch: upload.epoch + 1 });
      expect(await uploads.ranges(id)).toEqual([range(0, 5), range(20, 30)]);
    });
  });
}
