import type { Client, NodeInPlace, Page } from "@sampan/sdk";
import { findGrant, type Grant } from "./grant.ts";
import type { Item } from "./item.ts";
import { loadPage, type ListCalls } from "./load-page.ts";
import type { PageQuery } from "./page-query.ts";

/** Where a list comes from: one's own drive, or a link. */
export interface ListSource {
  loadPage(query: PageQuery): Promise<Page<Item>>;
  /** The open folder with those above it, and by what right one is there. */
  findFolder(
    id: string,
    options: { signal: AbortSignal },
  ): Promise<{ folder: NodeInPlace; grant: Grant | null }>;
}

export function createDriveSource(
  client: ListCalls & Pick<Client, "getNode" | "listSharedWithMe">,
): ListSource {
  return {
    loadPage: (query) => loadPage(client, query),
    async findFolder(id, { signal }) {
      const folder = await client.getNode(id, { signal });
      return { folder, grant: await findGrant(client, { folder, signal }) };
    },
  };
}
