import { isFolder, type Item } from "../files/item.ts";

/** The files beside one in a list; none where the list does not have it (yet). */
export function neighboursOf(
  items: readonly Item[],
  id: string,
): { before: Item | null; after: Item | null } {
  const files = items.filter((item) => !isFolder(item));
  const index = files.findIndex((item) => item.id === id);
  if (index === -1) return { before: null, after: null };
  return { before: files[index - 1] ?? null, after: files[index + 1] ?? null };
}
