import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Actor } from "../events.ts";
import { newId } from "../ids.ts";
import { HOUR_MS, NOW, newOwner, newUpload, putFile } from "../uploads/testing/stores.ts";
import type { OpenStores, Stores } from "../uploads/testing/stores.ts";
import type { AuditQuery } from "./event-log.ts";

/** What every adapter of `EventLog` must do, and what the write commands must have recorded in it. */
export function describeEventLog(name: string, open: OpenStores): void {
  describe(`${name} as an event log`, () => {
    let stores: Stores;
    let owner: string;
    const visitor: Actor = { accountId: null, address: "203.0.113.9" };

    beforeEach(async () => {
      stores = await open();
      owner = await newOwner(stores);
    });
    afterEach(() => stores.close());

    const begin = async (changes: Parameters<typeof newUpload>[1] = {}, at = NOW) => {
      const upload = newUpload(owner, { createdAt: at, ...changes });
      return (await stores.uploads.create({ upload, maxOpenUploads: 10_000 })).upload;
    };
    const abort = (id: string, actor: Actor) =>
      stores.uploads.transition({ id, from: ["receiving"], to: "aborted", actor, now: NOW });
    const since = async (after: number, limit = 100) => {
      const found = await stores.events.since({ accountId: owner, after, limit });
      return found === "gone" ? found : found.events.map(({ seq }) => seq);
    };
    const audit = async (query: Partial<AuditQuery> = {}) => {
      const seqs: number[] = [];
      let cursor: string | null = null;
      do {
        const page = await stores.events.audit({ limit: 3, ...query, ...(cursor && { cursor }) });
        seqs.push(...page.items.map(({ seq }) => seq));
        cursor = page.nextCursor;
      } while (cursor !== null);
      return seqs;
    };

    it("keeps who did what to which, when, and from where", async () => {
      const actor = { accountId: newId(), address: "2001:db8::1" };
      const { id } = await begin({ name: "a", actor });
      await abort(id, visitor);
      const found = await stores.events.since({ accountId: owner, after: 0, limit: 9 });
      expect(found).toEqual({
        reached: 2,
        events: [
          {
            seq: 1,
            kind: "upload.created",
            accountId: owner,
            actor,
            subjectId: id,
            data: { name: "a", size: 100, dialect: "native", purpose: "file" },
            at: NOW,
          },
          {
            seq: 2,
            kind: "upload.aborted",
            accountId: owner,
            actor: visitor,
            subjectId: id,
            data: { name: "a", receivedBytes: 0 },
            at: NOW,
          },
        ],
      });
    });

    it("records nothing of what was refused, and nothing twice", async () => {
      await putFile(stores, {
        content: "1",
        upload: newUpload(owner, { name: "taken", size: 10 }),
      });
      const upload = newUpload(owner, { resumeKey: "k" });
      const create = () => stores.uploads.create({ upload, maxOpenUploads: 1 });
      await create();
      // The same upload again, one too many, and one whose name is taken in the end.
      await create();
      await expect(
        stores.uploads.create({ upload: newUpload(owner), maxOpenUploads: 1 }),
      ).rejects.toMatchObject({ code: "too-many-uploads" });
      await expect(
        putFile(stores, { content: "2", upload: newUpload(owner, { name: "TAKEN", size: 10 }) }),
      ).rejects.toMatchObject({ code: "name-taken" });
      expect(
        await stores.files.remove({ id: newId(), ownerId: owner, actor: visitor, now: 1 }),
      ).toBe(false);
      const page = await stores.events.audit({ limit: 100 });
      expect(page.items.map(({ kind }) => kind).toReversed()).toEqual([
        "upload.created",
        "upload.completed",
        "upload.created",
        "upload.created",
      ]);
    });

    it("records a move once, however many asked for it", async () => {
      const { id } = await begin();
      const outcomes = await Promise.all([abort(id, visitor), abort(id, visitor)]);
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      expect(await since(0)).toEqual([1, 2]);
    });

    it("reads an account's events in order, in pages, and says how far they reach", async () => {
      const stranger = await newOwner(stores);
      for (let i = 0; i < 6; i++) {
        await begin();
        await begin({ ownerId: stranger });
      }
      const page = (after: number, limit: number) =>
        stores.events.since({ accountId: owner, after, limit });
      expect(await page(0, 2)).toMatchObject({ events: [{ seq: 1 }, { seq: 3 }], reached: 3 });
      expect(await page(3, 9)).toMatchObject({
        events: [{ seq: 5 }, { seq: 7 }, { seq: 9 }, { seq: 11 }],
        // What comes after the last of its own, others' as it is, need not be read again.
        reached: 12,
      });
      expect(await page(12, 9)).toEqual({ events: [], reached: 12 });
      expect(await stores.events.newest()).toBe(12);
    });

    it("says so when events after a seq are gone, or when nothing was ever so far", async () => {
      expect(await since(0)).toEqual([]);
      expect(await since(1)).toBe("gone");
      for (let i = 0; i < 5; i++) await begin({}, NOW + i);
      expect(await stores.events.purge({ before: NOW + 3, limit: 2 })).toBe(2);
      expect(await since(1)).toBe("gone");
      expect(await since(2)).toEqual([3, 4, 5]);
      expect(await stores.events.purge({ before: NOW + 3, limit: 9 })).toBe(1);
      expect(await since(2)).toBe("gone");
      expect(await since(3)).toEqual([4, 5]);
      expect(await since(6)).toBe("gone");
    });

    it("keeps the newest whatever its age, so that the count goes on", async () => {
      for (let i = 0; i < 3; i++) await begin();
      expect(await stores.events.purge({ before: NOW + HOUR_MS, limit: 9 })).toBe(2);
      expect(await stores.events.purge({ before: NOW + HOUR_MS, limit: 9 })).toBe(0);
      expect(await since(0)).toBe("gone");
      expect(await since(2)).toEqual([3]);
      await begin();
      expect(await since(3)).toEqual([4]);
    });

    it("purges no event that is older than a younger one before it, so that no hole appears", async () => {
      for (const at of [1, 9, 2, 9]) await begin({}, NOW + at);
      expect(await stores.events.purge({ before: NOW + 5, limit: 9 })).toBe(1);
      expect(await since(1)).toEqual([2, 3, 4]);
    });

    it("shows the audit newest first, in pages that new events do not shift", async () => {
      for (let i = 0; i < 7; i++) await begin();
      const first = await stores.events.audit({ limit: 3 });
      expect(first.items.map(({ seq }) => seq)).toEqual([7, 6, 5]);
      await begin();
      const second = await stores.events.audit({ limit: 9, cursor: first.nextCursor! });
      expect(second.items.map(({ seq }) => seq)).toEqual([4, 3, 2, 1]);
      expect(second.nextCursor).toBeNull();
      await expect(stores.events.audit({ limit: 1, cursor: "bm8" })).rejects.toMatchObject({
        code: "invalid-request",
      });
    });

    it("filters by kind, actor, account, subject and time, each alone and all together", async () => {
      const stranger = await newOwner(stores);
      const actor = { accountId: stranger, address: null };
      const ids: string[] = [];
      for (let i = 0; i < 4; i++) {
        const ownerId = i % 2 === 0 ? owner : stranger;
        ids.push((await begin({ ownerId, actor }, NOW + i * HOUR_MS)).id);
      }
      for (const id of ids) await abort(id, visitor);
      expect(await audit({ kind: "upload.aborted" })).toEqual([8, 7, 6, 5]);
      expect(await audit({ actorId: stranger })).toEqual([4, 3, 2, 1]);
      expect(await audit({ accountId: stranger })).toEqual([8, 6, 4, 2]);
      expect(await audit({ subjectId: ids[2]! })).toEqual([7, 3]);
      expect(await audit({ from: NOW + HOUR_MS, to: NOW + 3 * HOUR_MS })).toEqual([3, 2]);
      expect(await audit({ from: NOW + 9 * HOUR_MS })).toEqual([]);
      expect(await audit({ to: NOW })).toEqual([]);
      expect(await audit({ kind: "no.such" })).toEqual([]);
      const all = { kind: "upload.created", actorId: stranger, accountId: owner };
      expect(await audit({ ...all, subjectId: ids[2]!, from: NOW, to: NOW + 9 * HOUR_MS })).toEqual(
        [3],
      );
      expect(await audit({ ...all, subjectId: ids[1]! })).toEqual([]);
    });

    it("finds the rare among the many, a bounded stretch for each page", async () => {
      const { id } = await begin({ name: "rare" });
      await abort(id, visitor);
      const files = Array.from({ length: 1_000 }, (_, i) => i);
      for (let batch = 0; batch < 11; batch++)
        await stores.blobs.publishSmall({
          files: files.map((i) => ({
            fileId: newId(),
            blobId: newId(),
            ownerId: owner,
            actor: { accountId: owner, address: null },
            name: `${batch}-${i}`,
            mediaType: null,
            size: 1,
            sha256: "ab".repeat(32),
            onConflict: "fail",
            segment: { stored: "pack", offset: 0 },
          })),
          pack: { stored: "pack", length: 1 },
          now: NOW,
        });
      const first = await stores.events.audit({ limit: 10, kind: "upload.aborted" });
      expect(first.items).toEqual([]);
      expect(first.nextCursor).not.toBeNull();
      expect(await audit({ kind: "upload.aborted" })).toEqual([2]);
      const page = await stores.events.audit({ limit: 10, subjectId: id });
      expect(page.items.map(({ seq }) => seq)).toEqual([2, 1]);
    });
  });
}
