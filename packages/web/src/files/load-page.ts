import type { Client, Page } from "@sampan/sdk";
import type { Place } from "../places/place.ts";
import type { Item } from "./item.ts";
import type { ItemOrder } from "./item-order.ts";

export type ListCalls = Pick<
  Client,
  "getNode" | "listChildren" | "search" | "listRecent" | "listStarred" | "listTrash"
>;

interface PageQuery {
  place: Place;
  by: ItemOrder;
  limit: number;
  cursor: string | undefined;
  signal: AbortSignal;
}

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
    case "account":
      return { items: [], nextCursor: null };
  }
}
