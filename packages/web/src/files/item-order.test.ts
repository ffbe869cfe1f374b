import { describe, expect, it } from "vitest";
import type { Item } from "./item.ts";
import { applyChanges, type ItemOrder, type Listing } from "./item-order.ts";

const at = "2026-01-01T00:00:00.000Z";
const make = (name: string, more: Partial<Item> = {}): Item => ({
  id: name,
  kind: name.endsWith("/") ? "folder" : "file",
  parentId: "p",
  name,
  createdAt: at,
  modifiedAt: at,
  starred: false,
  tags: [],
  size: 1,
  ...more,
});
const byName: ItemOrder = { sort: "name", order: "asc" };
const listing = (names: string[], more: Partial<Listing> = {}): Listing => ({
  items: names.map((name) => make(name)),
  by: byName,
  nextCursor: null,
  ...more,
});
const place = (...placed: Item[]) => ({ placed, removed: new Set<string>() });
const names = (items: readonly Item[]) => items.map(({ name }) => name);

describe("a list that changes", () => {
  it("takes new entries in where the server would list them, folders first", () => {
    const now = applyChanges(
      listing(["b/", "a", "C", "😀"]),
      place(make("B"), make("a/"), make("\u{ffee}")),
    );
    expect(names(now)).toEqual(["a/", "b/", "a", "B", "C", "\u{ffee}", "😀"]);
  });

  it("moves what was renamed, and drops what is gone", () => {
    const renamed = make("z", { id: "a" });
    const now = applyChanges(listing(["a", "b", "c"]), {
      placed: [renamed],
      removed: new Set(["b"]),
    });
    expect(names(now)).toEqual(["c", "z"]);
  });

  it("leaves out what a later page will bring", () => {
    const half = listing(["a", "c"], { nextCursor: "more" });
    expect(names(applyChanges(half, place(make("b"), make("d"))))).toEqual(["a", "b", "c"]);
  });

  it("follows the order that was chosen", () => {
    const by: ItemOrder = { sort: "size", order: "desc" };
    const items = [make("b/"), make("a/"), make("big", { size: 9 }), make("small", { size: 1 })];
    const now = applyChanges({ items, by, nextCursor: null }, place(make("mid", { size: 5 })));
    expect(names(now)).toEqual(["b/", "a/", "big", "mid", "small"]);
    const recent: ItemOrder = { sort: "modified", order: "desc" };
    const newest = make("new", { modifiedAt: "2026-02-01T00:00:00.000Z" });
    expect(names(applyChanges(listing(["x"], { by: recent }), place(newest)))).toEqual([
      "new",
      "x",
    ]);
  });

  it("takes ten thousand in a hundred thousand without a pause that somebody would notice", () => {
    const pad = (index: number) => String(index).padStart(7, "0");
    const many = listing(Array.from({ length: 100_000 }, (_, index) => pad(index * 2)));
    const added = Array.from({ length: 10_000 }, (_, index) => make(pad(index * 2 + 1)));
    const startedAtMs = performance.now();
    expect(applyChanges(many, place(...added))).toHaveLength(110_000);
    expect(performance.now() - startedAtMs).toBeLessThan(3_000);
  });
});
