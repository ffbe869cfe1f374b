import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemActor } from "../events.ts";
import { maxNodesAtOnce } from "../drive/node.ts";
import { growTree } from "../drive/testing/tree.ts";
import { newId } from "../ids.ts";
import { newOwner, NOW, type OpenStores, type Stores } from "../uploads/testing/stores.ts";
import type { ShareStore } from "./share-store.ts";
import type { Reader } from "./reader.ts";
import type { LinkShare, UserShare } from "./share.ts";
import { newGrant, newLink } from "./testing/shares.ts";

const by = { actor: systemActor, now: NOW };

/** What every adapter of `ShareStore` must do. */
export function describeShareStore(name: string, open: OpenStores): void {
  describe(`${name} as a store of shares`, () => {
    let stores: Stores;
    let shares: ShareStore;
    let ownerId: string;
    beforeEach(async () => {
      stores = await open();
      shares = stores.shares;
      ownerId = await newOwner(stores);
    });
    afterEach(() => stores.close());

    const create = async (changes: Partial<LinkShare> = {}): Promise<LinkShare> => {
      const share = newLink({ ownerId, ...changes });
      await shares.create({ share, ...by });
      return share;
    };
    const take = ({ id, passwordVersion }: LinkShare, now = NOW) =>
      shares.takeDownload({ id, passwordVersion, data: { name: "n", nodeId: "x" }, ...by, now });

    it("finds a link by the hash of its token, with its owner", async () => {
      const link = await create();
      const found = await shares.findByTokenHash(link.tokenHash);
      expect(found).toEqual({
        share: link,
        owner: { name: "owner", role: "owner", isDisabled: false },
      });
      expect(await shares.findByTokenHash("other")).toBeUndefined();
    });

    it("lets exactly as many of 50 take a download as are allowed", async () => {
      const link = await create({ maxDownloads: 3 });
      const taken = await Promise.all(Array.from({ length: 50 }, () => take(link)));
      expect(taken.filter((one) => one === "taken")).toHaveLength(3);
      expect(taken.filter((one) => one === "spent")).toHaveLength(47);
      await shares.change({ id: link.id, ownerId, changes: { maxDownloads: 4 }, ...by });
      expect(await take(link)).toBe("taken");
    });

    it("counts nothing for who found it before it changed its password, expired, or was revoked", async () => {
      const link = await create({ expiresAt: NOW + 1 });
      expect(await take(link, NOW + 1)).toBe("gone");
      await shares.change({ id: link.id, ownerId, changes: { passwordHash: "h" }, ...by });
      expect(await take(link)).toBe("gone");
      const now = await shares.find(link.id);
      expect(now).toMatchObject({ passwordHash: "h", passwordVersion: 2, downloads: 0 });
      expect(await shares.revoke({ id: link.id, ownerId, ...by })).toBe(true);
      expect(await take({ ...link, passwordVersion: 2 })).toBe("gone");
      expect(await shares.revoke({ id: link.id, ownerId, ...by })).toBe(false);
    });

    it("changes and revokes for its owner alone", async () => {
      const { id } = await create();
      const stranger = await newOwner(stores);
      const changes = { maxDownloads: 1 };
      expect(await shares.change({ id, ownerId: stranger, changes, ...by })).toBeUndefined();
      expect(await shares.revoke({ id, ownerId: stranger, ...by })).toBe(false);
      expect(await shares.find(id)).toMatchObject({ maxDownloads: null });
    });

    it("lists an owner's, newest first, page by page", async () => {
      const made = [];
      for (let i = 0; i < 5; i++) made.push(await create({ createdAt: NOW + (i >> 1) }));
      await newOwner(stores);
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await shares.list({
          ownerId,
          limit: 2,
          ...(cursor === null ? {} : { cursor }),
        });
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor !== null);
      // Those of one moment in the order of their ids, which is not that of their making.
      const newestFirst = made.toSorted((a, b) =>
        a.createdAt === b.createdAt ? (a.id < b.id ? 1 : -1) : b.createdAt - a.createdAt,
      );
      expect(seen).toEqual(newestFirst.map(({ id }) => id));
    });

    it("has one share of a node with an account: the newest terms", async () => {
      const granteeId = await newOwner(stores);
      const grant = newGrant({ ownerId, granteeId });
      await shares.create({ share: grant, ...by });
      const again = await shares.create({
        share: { ...grant, id: newId(), right: "edit" },
        ...by,
      });
      expect(again).toMatchObject({ id: grant.id, right: "edit" });
      const asked = { accountId: granteeId, now: NOW };
      const { items } = await shares.grantsTo({ ...asked, limit: 10 });
      expect(items).toEqual([{ share: again, ownerName: "owner" }]);
      expect(await shares.grantsOn({ ...asked, nodeIds: [grant.nodeId] })).toEqual([again]);
      expect(await shares.grantsOn({ ...asked, nodeIds: [newId()] })).toEqual([]);
    });

    describe("a copy that goes on for long", () => {
      const begin = async (readerOf: (top: string) => Promise<Reader>) => {
        const tree = growTree(stores, ownerId);
        const taker = await newOwner(stores);
        const top = await tree.folder("shared");
        for (const name of ["a", "b"])
          await tree.fill(await tree.folder(name, top), maxNodesAtOnce, (i) => `${name}${i}`);
        const reader = await readerOf(top);
        const outcome = await stores.nodes.copy({
          ownerId: taker,
          actor: { accountId: taker, address: null },
          now: NOW,
          ids: [top],
          parentId: taker,
          onConflict: "fail",
          reader,
        });
        if (outcome.kind !== "job") throw new Error("it was done at once");
        const { id } = outcome.job;
        return { id, taker, tree, top, step: () => stores.nodes.advanceJob({ id, now: NOW }) };
      };
      const ofTaker = async (accountId: string) => {
        const { usedBytes, reservedBytes } = (await stores.accounts.find(accountId))!;
        const { items } = await stores.nodes.children({ folderId: accountId, limit: 9 });
        return { usedBytes, reservedBytes, items: items.length };
      };
      let link: LinkShare;
      const byLink = async (nodeId: string): Promise<Reader> => {
        link = await create({ nodeId });
        return { kind: "link", shareId: link.id, passwordVersion: 1 };
      };
      const ends: Record<string, (running: Awaited<ReturnType<typeof begin>>) => unknown> = {
        revoked: () => shares.revoke({ id: link.id, ownerId, ...by }),
        expired: () => shares.change({ id: link.id, ownerId, changes: { expiresAt: NOW }, ...by }),
        "locked anew": () =>
          shares.change({ id: link.id, ownerId, changes: { passwordHash: "h" }, ...by }),
        "for looking only": () =>
          shares.change({ id: link.id, ownerId, changes: { previewOnly: true }, ...by }),
        trashed: ({ tree, top }) => tree.trash(top),
      };
      it.each(Object.keys(ends))("is refused its next step when the link is %s", async (what) => {
        const running = await begin(byLink);
        await running.step();
        await running.step();
        await ends[what]!(running);
        await expect(running.step()).rejects.toMatchObject({
          code: expect.stringMatching(/^(shared-link-not-found|node-not-found|preview-only)$/),
        });
        await stores.nodes.endJob({ id: running.id, state: "failed", failure: "x", now: NOW });
        await running.tree.finish(running.id);
        const nothing = { usedBytes: 0, reservedBytes: 0, items: 0 };
        expect(await ofTaker(running.taker)).toEqual(nothing);
      });

      it("is not put in place when the share with its account has ended by then", async () => {
        let grant: UserShare | undefined;
        const running = await begin(async (nodeId) => {
          const granteeId = await newOwner(stores);
          grant = newGrant({ ownerId, granteeId, nodeId });
          await shares.create({ share: grant, ...by });
          return { kind: "account", accountId: granteeId };
        });
        for (;;) {
          const job = await running.step();
          if (!job || job.doneNodes === job.totalNodes) break;
        }
        expect(await ofTaker(running.taker)).toMatchObject({ items: 0 });
        await shares.revoke({ id: grant!.id, ownerId, ...by });
        // What is left are the folders' last, empty steps, and the one that puts it in place.
        const rest = async () => {
          while (await running.step());
        };
        await expect(rest()).rejects.toMatchObject({ code: "node-not-found" });
        expect(await ofTaker(running.taker)).toMatchObject({ items: 0 });
      });

      it("comes whole while the share counts", async () => {
        const running = await begin(byLink);
        await running.tree.finish(running.id);
        expect(await ofTaker(running.taker)).toMatchObject({ items: 1, reservedBytes: 0 });
        expect(await shares.find(link.id)).toMatchObject({ downloads: 1 });
      });
    });

    it("grants nothing that has expired", async () => {
      const granteeId = await newOwner(stores);
      const grant = newGrant({ ownerId, granteeId, expiresAt: NOW });
      await shares.create({ share: grant, ...by });
      const asked = { accountId: granteeId, now: NOW };
      expect((await shares.grantsTo({ ...asked, limit: 10 })).items).toEqual([]);
      expect(await shares.grantsOn({ ...asked, nodeIds: [grant.nodeId] })).toEqual([]);
    });
  });
}
