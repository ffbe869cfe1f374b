import { describe, expect, it } from "vitest";
import { systemActor } from "../events.ts";
import { newId } from "../ids.ts";
import type { Challenge } from "./challenge.ts";
import {
  NOW,
  newOwner,
  newUpload,
  plain,
  putFile,
  sha256Of,
  useUploads,
  type OpenStores,
} from "./testing/stores.ts";

const size = 100;
const sha256 = sha256Of("a");

/** What every adapter of `InstantStore` must do. */
export function describeInstantStore(name: string, open: OpenStores): void {
  describe(`${name} as a store of instant uploads`, () => {
    const { world, create, record, held } = useUploads(open);
    const store = () => world.stores.instant;
    /** Somebody else's file of content "a". */
    const putForeign = async () => {
      const ownerId = await newOwner(world.stores);
      return putFile(world.stores, { content: "a", upload: newUpload(ownerId) });
    };
    const challengeOf = (uploadId: string, more: Partial<Challenge> = {}): Challenge => ({
      nonce: Buffer.from(newId().slice(0, 32)).toString("hex"),
      uploadId,
      ownerId: world.owner,
      sha256,
      ranges: [
        { start: 0, end: 10 },
        { start: 20, end: 30 },
      ],
      expiresAt: NOW + 10,
      ...more,
    });
    const issue = async (uploadId: string, more: Partial<Challenge> = {}) => {
      const challenge = challengeOf(uploadId, more);
      await store().issue(challenge);
      return challenge;
    };
    const take = ({ uploadId, nonce }: Challenge, now = NOW) =>
      store().take({ uploadId, nonce, now });
    const link = (uploadId: string, more: { ownOnly?: boolean; size?: number } = {}) =>
      store().link({
        uploadId,
        sha256,
        size,
        ownOnly: false,
        actor: systemActor,
        fileId: newId(),
        now: NOW,
        ...more,
      });

    it("gives a challenge to be answered once, and of two at once to one", async () => {
      const challenge = await issue(newId());
      const both = await Promise.all([take(challenge), take(challenge)]);
      expect(both.filter(Boolean)).toEqual([{ challenge, attempts: 1 }]);
      expect(await take(challenge)).toBeUndefined();
    });

    it("gives no challenge that expired, is another upload's, gave way to a later one, or never was", async () => {
      const uploadId = newId();
      const first = await issue(uploadId);
      const second = await issue(uploadId);
      expect(await take(first)).toBeUndefined();
      expect(await take(second, NOW + 10)).toBeUndefined();
      expect(await take({ ...second, uploadId: newId() })).toBeUndefined();
      expect(await take({ ...second, nonce: "00" })).toBeUndefined();
      expect(await take(second)).toMatchObject({ challenge: second });
    });

    it("counts answers for each account and content until the content is granted", async () => {
      for (const attempts of [1, 2, 3])
        expect(await take(await issue(newId()))).toMatchObject({ attempts });
      expect(await take(await issue(newId(), { sha256: sha256Of("b") }))).toMatchObject({
        attempts: 1,
      });
      const ownerId = await newOwner(world.stores);
      expect(await take(await issue(newId(), { ownerId }))).toMatchObject({ attempts: 1 });
      await putForeign();
      const upload = await create();
      expect(await link(upload.id)).toMatchObject({ kind: "linked" });
      expect(await take(await issue(newId()))).toMatchObject({ attempts: 1 });
    });

    it("forgets what expired long ago", async () => {
      await issue(newId());
      const later = await issue(newId(), { expiresAt: NOW + 11 });
      expect(await store().purge({ before: NOW + 11, limit: 9 })).toBe(1);
      expect(await take(later)).toMatchObject({ challenge: later });
    });

    it("knows an owner's content by any digest, and nobody else's", async () => {
      const foreign = await putForeign();
      const md5 = "5".repeat(32);
      await world.stores.blobs.addDigests({ blobId: foreign.blobId!, digests: { md5 } });
      const holds = async (ownerId: string, named: object) =>
        (await store().findOwn({ ownerId, digests: { sha256 }, ...named }))?.blobId ===
        foreign.blobId;
      const { ownerId } = foreign;
      expect(await holds(ownerId, {})).toBe(true);
      expect(await holds(ownerId, { size })).toBe(true);
      expect(await holds(ownerId, { digests: { md5 } })).toBe(true);
      expect(await holds(ownerId, { size: size + 1 })).toBe(false);
      expect(await holds(ownerId, { digests: { md5, sha256: sha256Of("b") } })).toBe(false);
      expect(await holds(ownerId, { digests: { md5, sha1: "1".repeat(40) } })).toBe(false);
      expect(await holds(ownerId, { digests: {} })).toBe(false);
      expect(await holds(world.owner, {})).toBe(false);
      expect(await holds(world.owner, { digests: { md5 } })).toBe(false);
    });

    it("links an upload that has received something: file, quota, its writers fenced", async () => {
      const { blobId } = await putForeign();
      const upload = await create({ name: "mine" });
      await record(upload, [plain(0, 30)]);
      const outcome = await link(upload.id);
      expect(outcome).toMatchObject({
        kind: "linked",
        upload: { state: "complete", blobId, offset: size, receivedBytes: size, size },
      });
      expect(await held()).toEqual([size, 0]);
      await expect(record(upload, [plain(30, 40)])).rejects.toMatchObject({ code: "superseded" });
      const { items } = await world.stores.files.list({ ownerId: world.owner, limit: 9 });
      expect(items).toMatchObject([{ name: "mine", blobId, digests: { sha256 } }]);
      await expect(link(upload.id)).rejects.toMatchObject({ code: "upload-complete" });
    });

    it("needs the bytes of content that is unknown, of another size, or swept", async () => {
      const upload = await create();
      expect(await link(upload.id)).toEqual({ kind: "bytes-needed" });
      const foreign = await putForeign();
      expect(await link(upload.id, { size: size - 1 })).toEqual({ kind: "bytes-needed" });
      const { fileId: id, ownerId } = foreign;
      await world.stores.files.remove({ actor: systemActor, id: id!, ownerId, now: NOW });
      await world.stores.blobs.collect({ before: NOW + 1, now: NOW, limit: 9 });
      expect(await link(upload.id)).toEqual({ kind: "bytes-needed" });
      expect(await world.stores.uploads.find(upload.id)).toEqual(upload);
      expect(await held()).toEqual([0, size]);
    });

    it("needs the bytes of joined content until it is identified", async () => {
      const { uploads, blobs } = world.stores;
      const ownerId = await newOwner(world.stores);
      const partialIds: string[] = [];
      for (const content of ["p", "q"]) {
        const upload = newUpload(ownerId, { purpose: "partial", size: size / 2 });
        partialIds.push((await putFile(world.stores, { content, upload })).id);
      }
      const ids = { blobId: newId(), fileId: newId() };
      await uploads.join({ upload: newUpload(ownerId), partialIds, ...ids, now: NOW });
      const { id } = await create();
      expect(await link(id)).toEqual({ kind: "bytes-needed" });
      await blobs.identify({ blobId: ids.blobId, digests: { sha256 }, now: NOW });
      expect(await link(id)).toMatchObject({ kind: "linked", upload: { blobId: ids.blobId } });
    });

    it("saves content that was about to be swept", async () => {
      const { fileId: id, ownerId } = await putForeign();
      await world.stores.files.remove({ actor: systemActor, id: id!, ownerId, now: NOW });
      const upload = await create();
      expect(await link(upload.id)).toMatchObject({ kind: "linked" });
      expect(await world.stores.blobs.collect({ before: NOW + 9, now: NOW, limit: 9 })).toEqual({
        blobs: 0,
      });
    });

    it("links nothing of others where nothing was proven", async () => {
      await putForeign();
      const upload = await create();
      expect(await link(upload.id, { ownOnly: true })).toEqual({ kind: "bytes-needed" });
      await putFile(world.stores, { content: "a", upload: newUpload(world.owner) });
      expect(await link(upload.id, { ownOnly: true })).toMatchObject({ kind: "linked" });
    });

    it("links nothing that does not bear out what the upload claimed", async () => {
      const { blobId } = await putForeign();
      const md5 = "5".repeat(32);
      const upload = await create({ claimed: { md5 } });
      expect(await link(upload.id)).toEqual({ kind: "bytes-needed" });
      await world.stores.blobs.addDigests({ blobId: blobId!, digests: { md5 } });
      expect(await link(upload.id)).toMatchObject({ kind: "linked" });
    });

    it("refuses a taken name and an upload that is not receiving, and changes nothing", async () => {
      await putForeign();
      await putFile(world.stores, { content: "b", upload: newUpload(world.owner, { name: "x" }) });
      const upload = await create({ name: "x" });
      await expect(link(upload.id)).rejects.toMatchObject({ code: "name-taken" });
      expect(await world.stores.uploads.find(upload.id)).toEqual(upload);
      for (const to of ["paused", "aborted"] as const) {
        const from = ["receiving", "paused"] as const;
        await world.stores.uploads.transition({
          actor: systemActor,
          id: upload.id,
          from,
          to,
          now: NOW,
        });
        await expect(link(upload.id)).rejects.toMatchObject({ code: `upload-${to}` });
      }
      await expect(link(newId())).rejects.toMatchObject({ code: "upload-not-found" });
      expect(await held()).toEqual([size, 0]);
    });

    it("makes a file over an owner's own content, within the quota and by the conflict policy", async () => {
      const linkOwn = (name: string, onConflict: "fail" | "keep-both" | "replace" = "fail") =>
        store().linkOwn({
          ownerId: world.owner,
          parentId: world.owner,
          digests: { sha256 },
          name,
          mediaType: null,
          onConflict,
          actor: systemActor,
          fileId: newId(),
          now: NOW,
        });
      await putForeign();
      expect(await linkOwn("copy")).toBeUndefined();
      await putFile(world.stores, { content: "a", upload: newUpload(world.owner, { name: "a" }) });
      expect(await linkOwn("copy")).toMatchObject({ name: "copy", size, digests: { sha256 } });
      await expect(linkOwn("copy")).rejects.toMatchObject({ code: "name-taken" });
      expect(await linkOwn("copy", "keep-both")).toMatchObject({ name: "copy (2)" });
      expect(await linkOwn("copy", "replace")).toMatchObject({ name: "copy", version: 1 });
      expect(await held()).toEqual([3 * size, 0]);
      for (let i = 0; i < 7; i++) await linkOwn(`fill ${i}`);
      await expect(linkOwn("over")).rejects.toMatchObject({ code: "quota-exceeded" });
      expect(await held()).toEqual([10 * size, 0]);
    });
  });
}
