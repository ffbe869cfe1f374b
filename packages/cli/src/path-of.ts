import { hasCode, type Client, type DriveNode } from "@sampan/sdk";

/** The whole paths of nodes that a list names without, as one types them. Each folder is asked for once. */
export function createPathOf(
  client: Client,
  signal: AbortSignal,
): (node: DriveNode) => Promise<string> {
  const folders = new Map<string, Promise<string | null>>();
  let owners: Promise<Map<string, string>> | undefined;

  const readOwners = async (): Promise<Map<string, string>> => {
    const names = new Map<string, string>();
    for await (const { ownerId, ownerName } of client.eachSharedWithMe({ signal }))
      names.set(ownerId, ownerName);
    return names;
  };
  const ofOwner = async ({ ownerId }: DriveNode, path: string): Promise<string> => {
    owners ??= readOwners();
    return `@${(await owners).get(ownerId ?? "") ?? "?"}/${path}`;
  };
  /** Null: what lies above is not shared. */
  const folderPath = async (id: string): Promise<string | null> => {
    try {
      const node = await client.getNode(id, { signal });
      const names = [...node.path.map((folder) => folder.name), node.name];
      // The root, with which everything of one's own begins, has no name.
      const isOwn = names[0] === "";
      return isOwn ? names.join("/") : await ofOwner(node, names.join("/"));
    } catch (error) {
      if (hasCode(error, "node-not-found")) return null;
      throw error;
    }
  };

  return async (node) => {
    const { parentId, name } = node;
    if (parentId === null) return `/${name}`;
    const known = folders.get(parentId) ?? folderPath(parentId);
    folders.set(parentId, known);
    const folder = await known;
    return folder === null ? await ofOwner(node, name) : `${folder}/${name}`;
  };
}
