import type { Client, Page } from "@sampan/sdk";
import type { Item } from "./item.ts";
import type { PageQuery } from "./page-query.ts";

export type ListCalls = Pick<
  Client,
  "listChildren" | "search" | "listRecent" | "listStarred" | "listTrash" | "listSharedWithMe"
>;

/** One page of what a place shows. */
export async function loadPage(client: ListCalls, query: PageQuery): Promise<Page<Item>> {
  const { place, by, limit, cursor, signal } = query;
  const page = { limit, cursor, signal };
  switch (place.kind) {
    case "folder":
      return await client.listChildren(place.id, { ...by, ...page });
    case "search":
      return await client.search(place.text, page);
    case "recent":
      return await client.listRecent(page);
    case "starred":
      return await client.listStarred(page);
    case "trash":
      return await client.listTrash(page);
    case "shared": {
      const { items, nextCursor } = await client.listSharedWithMe(page);
      const shown = items.map(({ id, node, ownerName }) => ({ ...node, ownerName, shareId: id }));
      return { items: shown, nextCursor };
    }
    case "account":
    case "people":
    case "fetches":
    case "shares":
      return { items: [], nextCursor: null };
  }
}
