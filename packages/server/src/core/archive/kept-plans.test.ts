import { describe, expect, it } from "vitest";
import { planArchive } from "./archive-plan.ts";
import { createKeepPlan, type Planned } from "./kept-plans.ts";

const accountId = "a";

function newShelf() {
  const state = { stamp: 1 as number | null, made: 0 };
  const keep = createKeepPlan({ stamp: () => Promise.resolve(state.stamp) });
  const make = async ({ entries = 1, ownerId = accountId } = {}): Promise<Planned> => {
    state.made++;
    const items = Array.from(
      { length: entries },
      (_, i) => ({ kind: "folder", path: `${i}`, modifiedAt: 0 }) as const,
    );
    const plan = await planArchive({
      async *pages() {
        yield items;
      },
    });
    return { plan, name: null, ownerId };
  };
  return { state, keep, make };
}

describe("kept plans", () => {
  const chosen = { accountId, ids: ["x", "y"] };

  it("are made once while nothing is committed, also for those who ask meanwhile", async () => {
    const { state, keep, make } = newShelf();
    const all = await Promise.all([1, 2, 3].map(() => keep(chosen, () => make())));
    expect(new Set([...all, await keep(chosen, () => make())]).size).toBe(1);
    expect(state.made).toBe(1);
  });

  it("are made anew after a commit, for another selection, and for another account", async () => {
    const { state, keep, make } = newShelf();
    await keep(chosen, () => make());
    state.stamp = 2;
    await keep(chosen, () => make());
    expect(state.made).toBe(2);
    await keep({ ...chosen, ids: ["x"] }, () => make());
    await keep({ ...chosen, ids: null }, () => make());
    await keep({ ...chosen, accountId: "b" }, () => make());
    expect(state.made).toBe(5);
  });

  it("are not kept when something was committed while they were made", async () => {
    const { state, keep, make } = newShelf();
    await keep(chosen, () => {
      state.stamp = 2;
      return make();
    });
    state.stamp = 1;
    await keep(chosen, () => make());
    expect(state.made).toBe(2);
  });

  it("are not kept of what others share, after a failure, or where the database cannot tell", async () => {
    const { state, keep, make } = newShelf();
    for (let i = 0; i < 2; i++) await keep(chosen, () => make({ ownerId: "another" }));
    expect(state.made).toBe(2);
    const failed = keep(chosen, () => Promise.reject(new Error("refused")));
    await expect(failed).rejects.toThrow("refused");
    state.stamp = null;
    for (let i = 0; i < 2; i++) await keep(chosen, () => make());
    expect(state.made).toBe(4);
  });

  it("make room for those used last", async () => {
    const { state, keep, make } = newShelf();
    const of = (id: string) => keep({ accountId, ids: [id] }, () => make({ entries: 20_000 }));
    for (const id of ["1", "2", "1", "3", "1"]) await of(id);
    expect(state.made).toBe(3);
    await of("2");
    expect(state.made).toBe(4);
  });
});
