import type { Client, NodeInPlace, SharedWithMe, ShareRight } from "@sampan/sdk";

/** By what right one is in a folder of somebody else. */
export interface Grant {
  readonly ownerName: string;
  readonly right: ShareRight;
}

/** One's own path begins at the root, which has no name; that of what is shared with one begins with what is shared. */
export function isOthers({ path, name }: Pick<NodeInPlace, "path" | "name">): boolean {
  return (path[0]?.name ?? name) !== "";
}

/** The share that a folder is reached by: the one that allows most. Null for one's own, and where it has ended meanwhile. */
export async function findGrant(
  client: Pick<Client, "listSharedWithMe">,
  { folder, signal }: { folder: NodeInPlace; signal: AbortSignal },
): Promise<Grant | null> {
  if (!isOthers(folder)) return null;
  const ids = new Set([folder.id, ...folder.path.map(({ id }) => id)]);
  let found: SharedWithMe | null = null;
  let cursor: string | undefined;
  do {
    const page = await client.listSharedWithMe({ limit: 1_000, cursor, signal });
    for (const grant of page.items) {
      if (ids.has(grant.node.id) && (found === null || grant.right === "edit")) found = grant;
    }
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && found?.right !== "edit");
  return found === null ? null : { ownerName: found.ownerName, right: found.right };
}
