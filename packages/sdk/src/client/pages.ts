import type { Page } from "../wire.ts";

/** Every item of a list, page after page, asked for as they are wanted. A page may be short, even empty, before the last. */
export async function* eachOf<Item>(
  readPage: (cursor: string | undefined) => Promise<Page<Item>>,
): AsyncGenerator<Item, void, undefined> {
  let cursor: string | undefined;
  do {
    const page = await readPage(cursor);
    yield* page.items;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
