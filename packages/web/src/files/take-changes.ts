import { hasCode, type Client } from "@sampan/sdk";
import { isPage } from "../places/place.ts";
import type { Change } from "./follow-changes.ts";
import type { Item } from "./item.ts";
import type { NodeList, NodeListState } from "./node-list.ts";

/** Above this, asking for the whole list again is cheaper than for each entry. */
const MAX_SINGLE = 40;

/** Brings the shown list up to date with what happened elsewhere; what it does not show costs nothing. */
export async function takeChanges(
  changes: readonly Change[],
  { client, files }: { client: Pick<Client, "getNode">; files: NodeList },
): Promise<void> {
  const state = files.get();
  const near = changes.filter((change) => concerns(change, state));
  if (near.length === 0) return;
  const ids = new Set(near.map((change) => (change.kind === "unknown" ? "" : change.nodeId)));
  const isFolder = state.folder !== null;
  const isAbove =
    state.folder?.path.some(({ id }) => ids.has(id)) || ids.has(state.folder?.id ?? "-");
  const mustReload = isAbove || near.some(({ kind }) => kind === "unknown");
  if (!isFolder || mustReload || ids.size > MAX_SINGLE) return await files.refresh();
  const found = await Promise.all([...ids].map((id) => findItem(client, id)));
  files.note({
    placed: found.filter((item) => item !== null),
    removed: [...ids].filter((_, index) => found[index] === null),
  });
}

function concerns(change: Change, { place, folder, items }: NodeListState): boolean {
  if (change.kind === "unknown") return true;
  if (folder === null) return !isPage(place);
  const { nodeId, folderIds } = change;
  if (folderIds.includes(folder.id) || nodeId === folder.id) return true;
  if (folder.path.some(({ id }) => id === nodeId)) return true;
  // Events of uploads do not name the folder.
  return (
    (folderIds.length === 0 && change.kind === "stored") || items.some(({ id }) => id === nodeId)
  );
}

/** Null when it is gone or in the trash. */
async function findItem(client: Pick<Client, "getNode">, id: string): Promise<Item | null> {
  try {
    const node = await client.getNode(id);
    return node.trashedAt === null ? node : null;
  } catch (error) {
    if (hasCode(error, "node-not-found")) return null;
    throw error;
  }
}
