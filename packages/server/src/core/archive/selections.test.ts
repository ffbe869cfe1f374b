import { describe, expect, it } from "vitest";
import { createTestClock } from "../testing/engine.ts";
import type { KeptSelection, SelectionStore } from "./selection-store.ts";
import { createSelections } from "./selections.ts";

const hour = 3_600_000;
const selection = { accountId: "o", ids: ["a", "b"], name: "a.zip" };

function open({ fails = false } = {}) {
  const clock = createTestClock();
  const rows = new Map<string, KeptSelection>();
  const extended: string[] = [];
  const errors: unknown[] = [];
  const store: SelectionStore = {
    keep: async ({ selection: kept }) => void rows.set(kept.id, kept),
    find: async (id) => rows.get(id),
    async extend({ id, expiresAt }) {
      if (fails) throw new Error("full");
      extended.push(id);
      rows.set(id, { ...rows.get(id)!, expiresAt });
    },
    purge: async () => 0,
  };
  const onError = (error: unknown) => void errors.push(error);
  return { clock, extended, errors, selections: createSelections({ store, clock, onError }) };
}

describe("a kept selection", () => {
  it("is found for a day after it was last asked for", async () => {
    const { clock, selections } = open();
    const { id, expiresAt } = await selections.keep(selection);
    expect(expiresAt).toBeGreaterThanOrEqual(clock.now() + 24 * hour);
    for (let day = 0; day < 3; day++) {
      clock.advance(24 * hour - 1);
      expect(await selections.find(id)).toMatchObject(selection);
    }
    clock.advance(36 * hour);
    expect(await selections.find(id)).toBeUndefined();
    expect(await selections.find("another")).toBeUndefined();
  });

  it("is written to again seldom, however many ranges are asked for", async () => {
    const { clock, extended, selections } = open();
    const { id } = await selections.keep(selection);
    for (let minute = 0; minute < 24 * 60; minute++) {
      clock.advance(60_000);
      await selections.find(id);
    }
    expect(extended).toHaveLength(1);
  });

  it("is served when it cannot be noted that it was asked for", async () => {
    const { clock, errors, selections } = open({ fails: true });
    const { id } = await selections.keep(selection);
    clock.advance(20 * hour);
    expect(await selections.find(id)).toMatchObject(selection);
    expect(errors).toHaveLength(1);
  });
});
