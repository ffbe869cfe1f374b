import { systemActor } from "../events.ts";
import { describe, expect, it } from "vitest";
import { NOW, newOwner, newUpload, plain, putFile, useUploads } from "./testing/stores.ts";
import type { OpenStores } from "./testing/stores.ts";
import type { EndedState, ListUploads } from "./upload-store.ts";
import type { UploadPurpose } from "./upload.ts";

const ended: EndedState[] = ["complete", "aborted", "expired", "failed"];

/** Lists with filters, annexes, and the clearing of what has ended. */
export function describeManaging(name: string, open: OpenStores): void {
  describe(`${name} while uploads are listed and cleared`, () => {
    const { world, create, record, held } = useUploads(open);
    const end = async (id: string, to: "aborted" | "expired" | "failed", now = NOW) => {
      const change = { id, from: ["receiving"], to, actor: systemActor, now } as const;
      await world.stores.uploads.transition(change);
    };
    const namesOf = async (input: Omit<ListUploads, "limit">, limit = 2): Promise<string[]> => {
      const names: string[] = [];
      let cursor: string | undefined;
      for (;;) {
        const start = cursor === undefined ? {} : { cursor };
        const page = await world.stores.uploads.list({ ...input, limit, ...start });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        names.push(...page.items.map((upload) => upload.name));
        if (page.nextCursor === null) return names;
        cursor = page.nextCursor;
      }
    };

    describe("list", () => {
      it("filters by owner, state, dialect, name in any case, and time, in pages that miss nothing", async () => {
        const other = await newOwner(world.stores);
        for (let i = 0; i < 5; i++)
          await create({ name: `Ä photo ${i}`, createdAt: NOW + i, dialect: i < 3 ? "tus" : "d" });
        const paused = await create({ name: "paused", createdAt: NOW + 9 });
        const pause = { from: ["receiving"], to: "paused", actor: systemActor, now: NOW } as const;
        await world.stores.uploads.transition({ id: paused.id, ...pause });
        const foreign = newUpload(other, { name: "foreign", createdAt: NOW + 2 });
        await world.stores.uploads.create({ upload: foreign, maxOpenUploads: 9 });
        const ownerId = world.owner;
        const photos = [4, 3, 2, 1, 0].map((i) => `Ä photo ${i}`);
        expect(await namesOf({ ownerId })).toEqual(["paused", ...photos]);
        expect(await namesOf({ ownerId, states: ["receiving"] })).toEqual(photos);
        expect(await namesOf({ ownerId, states: [] })).toEqual([]);
        expect(await namesOf({ ownerId, dialect: "tus" })).toEqual(photos.slice(2));
        expect(await namesOf({ ownerId, name: "ä PHOTO" })).toEqual(photos);
        expect(await namesOf({ ownerId, name: "_" })).toEqual([]);
        expect(await namesOf({ ownerId, from: NOW + 1, to: NOW + 4 })).toEqual(photos.slice(1, 4));
        expect((await namesOf({ ownerId: null })).toSorted()).toEqual(
          ["foreign", "paused", ...photos].toSorted(),
        );
        expect(await namesOf({ ownerId: other })).toEqual(["foreign"]);
      });

      it("goes on from where it stood while uploads come and go", async () => {
        const ids: string[] = [];
        for (let i = 0; i < 6; i++)
          ids.push((await create({ name: String(i), createdAt: NOW + i })).id);
        const { list } = world.stores.uploads;
        const first = await list({ ownerId: world.owner, limit: 2 });
        await create({ name: "newer", createdAt: NOW + 10 });
        await end(ids[4]!, "aborted");
        await end(ids[2]!, "aborted");
        const rest = await list({ ownerId: world.owner, limit: 9, cursor: first.nextCursor! });
        expect(rest.items.map((upload) => upload.name)).toEqual(["3", "1", "0"]);
      });

      it("ends a page that finds nothing for long, and says where to go on", async () => {
        const begun = Array.from({ length: 4_300 }, (_, i) => {
          const changes = { name: i === 0 ? "needle" : "hay", size: 0, createdAt: NOW + i };
          const upload = newUpload(world.owner, changes);
          return world.stores.uploads.create({ upload, maxOpenUploads: 5_000 });
        });
        await Promise.all(begun);
        const wanted = { ownerId: world.owner, name: "needle", limit: 10 };
        const first = await world.stores.uploads.list(wanted);
        expect(first.items).toEqual([]);
        expect(first.nextCursor).not.toBeNull();
        expect(await namesOf({ ownerId: world.owner, name: "needle" })).toEqual(["needle"]);
      });
    });

    describe("annexes", () => {
      const annexOf = (id: string) =>
        ({ purpose: "annex" as UploadPurpose, size: null, annexOf: id }) as const;

      it("are one for each upload, are listed nowhere, and count as no open upload", async () => {
        const main = await create();
        const upload = newUpload(world.owner, annexOf(main.id));
        const made = await world.stores.uploads.create({ upload, maxOpenUploads: 1 });
        expect(made.created).toBe(true);
        const again = newUpload(world.owner, annexOf(main.id));
        const known = await world.stores.uploads.create({ upload: again, maxOpenUploads: 1 });
        expect(known).toMatchObject({ created: false, upload: { id: upload.id } });
        const found = await world.stores.uploads.annexes([main.id, upload.id]);
        expect([...found].map(([id, annex]) => [id, annex.id])).toEqual([[main.id, upload.id]]);
        expect(await namesOf({ ownerId: world.owner })).toEqual([main.name]);
        expect(await world.stores.tasks.countByState(world.owner)).toEqual({ receiving: 1 });
        const told = await world.stores.events.audit({ kind: "upload.created", limit: 9 });
        expect(told.items.map((event) => event.subjectId)).toEqual([main.id]);
      });

      it("keep the upload alive that they belong to, and never expire without it", async () => {
        const main = await create({ expiresAt: NOW + 1 });
        const annex = await create({ ...annexOf(main.id), expiresAt: NOW + 1 });
        const later = NOW + 7 * 24 * 3_600_000;
        const bytes = { epoch: 1, ranges: [plain(0, 7)], now: NOW + 1, expiresAt: later };
        await world.stores.uploads.recordRanges({ id: annex.id, ...bytes });
        const before = { now: later - 1, limit: 9 };
        expect(await world.stores.uploads.expired(before)).toEqual([]);
        const due = await world.stores.uploads.expired({ now: later, limit: 9 });
        expect(due.map(({ id }) => id)).toEqual([main.id]);
      });

      it("take no bytes, and are not begun, while the upload is not receiving", async () => {
        const main = await create();
        const annex = await create(annexOf(main.id));
        await end(main.id, "aborted");
        await expect(record(annex, [plain(0, 1)])).rejects.toMatchObject({
          code: "upload-aborted",
        });
        const late = await create();
        await end(late.id, "expired");
        await expect(create(annexOf(late.id))).rejects.toMatchObject({ code: "upload-expired" });
      });

      it("are stray once their upload has ended, and give back what they held", async () => {
        const main = await create();
        const annex = await create(annexOf(main.id));
        await record(annex, [plain(0, 30)]);
        expect(await world.stores.uploads.strayAnnexes({ limit: 9 })).toEqual([]);
        await end(main.id, "aborted");
        const stray = await world.stores.uploads.strayAnnexes({ limit: 9 });
        expect(stray.map(({ id }) => id)).toEqual([annex.id]);
        await end(annex.id, "aborted");
        expect(await world.stores.uploads.strayAnnexes({ limit: 9 })).toEqual([]);
        expect(await held()).toEqual([0, 0]);
      });
    });

    describe("forgetEnded", () => {
      it("takes away what ended as asked, by owner and by time, and leaves the rest and the files", async () => {
        const { stores, owner } = world;
        const other = await newOwner(stores);
        const done = await putFile(stores, { content: "c", upload: newUpload(owner) });
        const open = await create();
        const [failed, expired, old] = [await create(), await create(), await create()];
        await end(failed.id, "failed");
        await end(expired.id, "expired", NOW + 5);
        await end(old.id, "aborted", NOW - 100);
        const foreign = newUpload(other);
        await stores.uploads.create({ upload: foreign, maxOpenUploads: 9 });
        await end(foreign.id, "failed");
        const actor = { accountId: other, address: null };
        const forget = async (
          states: EndedState[],
          more: object = {},
          ownerId: string | null = owner,
        ) => {
          const wanted = { ownerId, states, limit: 100, actor, now: NOW, ...more };
          return (await stores.uploads.forgetEnded(wanted)).map(({ upload }) => upload.id);
        };
        expect(await forget(["aborted"], { before: NOW - 100 })).toEqual([]);
        expect(await forget(["failed", "expired"], { before: NOW + 1 })).toEqual([failed.id]);
        expect(await stores.uploads.find(failed.id)).toBeUndefined();
        expect(await forget(["complete"])).toEqual([done.id]);
        expect(await stores.files.find(done.fileId!)).toBeDefined();
        expect((await forget(ended, {}, null)).toSorted()).toEqual(
          [expired.id, old.id, foreign.id].toSorted(),
        );
        expect(await stores.uploads.find(open.id)).toBeDefined();
        const told = await stores.events.audit({ kind: "uploads.forgotten", limit: 9 });
        expect(
          told.items.map(({ accountId, actor: by, data }) => [accountId, by, data.count]),
        ).toEqual(
          expect.arrayContaining([
            [owner, actor, 1],
            [owner, actor, 2],
            [other, actor, 1],
          ]),
        );
      });

      it("never takes a finished partial, whose bytes wait for a file", async () => {
        const { stores, owner } = world;
        const partial = await putFile(stores, {
          content: "p",
          upload: newUpload(owner, { purpose: "partial" }),
        });
        const wanted = { ownerId: owner, states: ended, limit: 9, actor: systemActor, now: NOW };
        expect(await stores.uploads.forgetEnded(wanted)).toEqual([]);
        expect(await stores.uploads.find(partial.id)).toBeDefined();
      });

      it("takes no more than the limit at once", async () => {
        for (let i = 0; i < 5; i++) await end((await create()).id, i < 3 ? "failed" : "aborted");
        const wanted = { ownerId: world.owner, states: ended, actor: systemActor, now: NOW };
        const counts = [];
        for (let i = 0; i < 3; i++)
          counts.push((await world.stores.uploads.forgetEnded({ ...wanted, limit: 2 })).length);
        expect(counts).toEqual([2, 2, 1]);
      });
    });
  });
}
