import type { StoredFile } from "@sampan/sdk";
import { compareKeys, nameKey } from "./name-order.ts";

export interface Listing {
  readonly items: readonly StoredFile[];
  readonly prefix: string;
  /** Null when `items` is all there is. */
  readonly nextCursor: string | null;
}

/**
 * Puts newly stored files where the server would list them. One beyond the last loaded page is left
 * out: its page will bring it.
 */
export function mergeFiles(listing: Listing, stored: readonly StoredFile[]): StoredFile[] {
  const { items, prefix, nextCursor } = listing;
  const start = nameKey(prefix);
  const last = items.at(-1);
  const reach = nextCursor === null || last === undefined ? null : nameKey(last.name);
  const added = new Map<string, StoredFile>();
  for (const file of stored) {
    const key = nameKey(file.name);
    const isBeyond = reach !== null && compareKeys(key, reach) > 0;
    if (key.startsWith(start) && !isBeyond) added.set(key, file);
  }
  if (added.size === 0) return [...items];
  const newKeys = [...added.keys()].toSorted(compareKeys);
  const merged: StoredFile[] = [];
  let next = 0;
  for (const item of items) {
    const key = nameKey(item.name);
    for (; next < newKeys.length && compareKeys(newKeys[next]!, key) <= 0; next += 1) {
      merged.push(added.get(newKeys[next]!)!);
    }
    if (!added.has(key)) merged.push(item);
  }
  return [...merged, ...newKeys.slice(next).map((key) => added.get(key)!)];
}
