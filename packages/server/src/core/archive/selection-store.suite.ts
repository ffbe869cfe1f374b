import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../ids.ts";
import { NOW, newOwner, type Stores } from "../uploads/testing/stores.ts";

export function describeSelectionStore(name: string, open: () => Promise<Stores>): void {
  describe(`selection store: ${name}`, () => {
    let stores: Stores;
    beforeAll(async () => {
      stores = await open();
    });
    afterAll(() => stores.close());

    const keep = async (
      accountId: string,
      { ids, expiresAt = NOW }: { ids: readonly string[] | null; expiresAt?: number },
    ): Promise<string> => {
      const selection = { id: newId(), accountId, ids, name: "选择.zip", expiresAt };
      await stores.selections.keep({ selection, max: 3, maxIds: 10 });
      return selection.id;
    };
    const kept = async (ids: readonly string[]): Promise<string[]> => {
      const found = await Promise.all(ids.map((id) => stores.selections.find(id)));
      return ids.filter((_id, i) => found[i] !== undefined);
    };

    it("finds what was kept, all or a list, in its order", async () => {
      const accountId = await newOwner(stores);
      const ids = ["b", "a"];
      const [some, all] = [await keep(accountId, { ids }), await keep(accountId, { ids: null })];
      const facts = { accountId, name: "选择.zip", expiresAt: NOW };
      expect(await stores.selections.find(some)).toEqual({ ...facts, id: some, ids });
      expect(await stores.selections.find(all)).toEqual({ ...facts, id: all, ids: null });
      expect(await stores.selections.find(newId())).toBeUndefined();
      await stores.selections.extend({ id: some, expiresAt: NOW + 5 });
      expect(await stores.selections.find(some)).toMatchObject({ expiresAt: NOW + 5 });
    });

    it("makes room for the newest of an account, and takes none from another", async () => {
      const [one, other] = [await newOwner(stores), await newOwner(stores)];
      const theirs = await keep(other, { ids: null, expiresAt: NOW - 9 });
      const few = [];
      for (let i = 0; i < 4; i++) few.push(await keep(one, { ids: [`${i}`], expiresAt: NOW + i }));
      expect(await kept([theirs, ...few])).toEqual([theirs, ...few.slice(1)]);
      const large = await keep(one, { ids: Array.from({ length: 7 }, String), expiresAt: NOW - 1 });
      // 8 with itself, and 2 of the one that expires last.
      expect(await kept([...few, large])).toEqual([few[3], large]);
      const tooLarge = await keep(one, { ids: Array.from({ length: 20 }, String) });
      expect(await kept([...few, large, tooLarge])).toEqual([tooLarge]);
    });

    it("removes what has expired", async () => {
      const accountId = await newOwner(stores);
      const old = await keep(accountId, { ids: null, expiresAt: NOW - 100 });
      const young = await keep(accountId, { ids: null, expiresAt: NOW + 100 });
      expect(await stores.selections.purge({ now: NOW - 50, limit: 9 })).toBe(1);
      expect(await kept([old, young])).toEqual([young]);
    });
  });
}
