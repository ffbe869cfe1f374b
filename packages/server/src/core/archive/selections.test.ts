import { describe, expect, it } from "vitest";
import { createTestClock } from "../testing/engine.ts";
import { createSelections } from "./selections.ts";

const hour = 3_600_000;
const selection = (count: number) => ({
  accountId: "o",
  ids: Array.from({ length: count }, (_, i) => `${i}`),
  name: "a.zip",
});

describe("a kept selection", () => {
  it("is found for a day after it was last asked for", () => {
    const clock = createTestClock();
    const selections = createSelections(clock);
    const { id, expiresAt } = selections.keep(selection(2));
    expect(expiresAt).toBe(clock.now() + 24 * hour);
    clock.advance(23 * hour);
    expect(selections.find(id)).toMatchObject(selection(2));
    clock.advance(23 * hour);
    expect(selections.find(id)).toMatchObject(selection(2));
    clock.advance(24 * hour);
    expect(selections.find(id)).toBeUndefined();
    expect(selections.find("another")).toBeUndefined();
  });

  it("makes room for newer ones when there are too many, the least used first", () => {
    const selections = createSelections(createTestClock());
    const [first, second] = [
      selections.keep(selection(10_000)),
      selections.keep(selection(10_000)),
    ];
    for (let i = 0; i < 47; i++) selections.keep(selection(10_000));
    expect(selections.find(first.id)).toBeDefined();
    selections.keep(selection(10_000));
    expect(selections.find(second.id)).toBeUndefined();
    expect(selections.find(first.id)).toBeDefined();
  });

  it("is always the newest one, however many of everything are kept", () => {
    const selections = createSelections(createTestClock());
    const everything = { accountId: "o", ids: null, name: "a.zip" };
    const ids = Array.from({ length: 3 }, () => selections.keep(everything).id);
    expect(ids.map((id) => selections.find(id)?.ids)).toEqual([null, null, null]);
  });
});
