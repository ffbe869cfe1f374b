import type { Item } from "./item.ts";
import { compareKeys, nameKey } from "./name-order.ts";

export interface ItemOrder {
  readonly sort: "name" | "modified" | "size";
  readonly order: "asc" | "desc";
}

/** The server's order of a folder: folders first, each kind in the order asked for; a folder's size is its name. */
function compareItems(a: Item, b: Item, { sort, order }: ItemOrder): number {
  if (a.kind !== b.kind) return a.kind === "folder" ? -1 : 1;
  const rising = compareBy(a, b, sort === "size" && a.kind === "folder" ? "name" : sort);
  return order === "asc" ? rising : -rising;
}

function compareBy(a: Item, b: Item, sort: ItemOrder["sort"]): number {
  switch (sort) {
    case "name":
      return compareKeys(nameKey(a.name), nameKey(b.name));
    case "modified":
      return compareTimes(a.modifiedAt, b.modifiedAt) || compareTimes(a.createdAt, b.createdAt);
    case "size":
      return (a.size ?? 0) - (b.size ?? 0) || compareTimes(a.createdAt, b.createdAt);
  }
}

function compareTimes(a: string, b: string): number {
  return Date.parse(a) - Date.parse(b);
}

export interface Changes {
  /** New ones, and what became of known ones. */
  readonly placed: readonly Item[];
  readonly removed: ReadonlySet<string>;
}

export interface Listing {
  readonly items: readonly Item[];
  readonly by: ItemOrder;
  /** Null when `items` is all there is. */
  readonly nextCursor: string | null;
}

/** Puts entries where the server would list them. One beyond the last loaded page is left out: its page will bring it. */
export function applyChanges({ items, by, nextCursor }: Listing, changes: Changes): Item[] {
  const placed = new Map(changes.placed.map((item) => [item.id, item]));
  const kept = items.filter(({ id }) => !changes.removed.has(id) && !placed.has(id));
  const last = nextCursor === null ? undefined : kept.at(-1);
  const added = [...placed.values()]
    .filter((item) => !changes.removed.has(item.id))
    .filter((item) => last === undefined || compareItems(item, last, by) < 0)
    .toSorted((a, b) => compareItems(a, b, by));
  const merged: Item[] = [];
  let next = 0;
  for (const item of kept) {
    for (; next < added.length && compareItems(added[next]!, item, by) < 0; next += 1)
      merged.push(added[next]!);
    merged.push(item);
  }
  return [...merged, ...added.slice(next)];
}
