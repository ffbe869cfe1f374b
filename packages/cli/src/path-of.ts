import type { Client, DriveNode } from "@sampan/sdk";

/** The whole paths of nodes that a list names without; each folder is asked for once. */
export function createPathOf(
  client: Client,
  signal: AbortSignal,
): (node: DriveNode) => Promise<string> {
  const folders = new Map<string, Promise<string>>();
  const folderPath = async (id: string): Promise<string> => {
    const { path, name } = await client.getNode(id, { signal });
    return [...path.map((folder) => folder.name), name].join("/");
  };
  return async ({ parentId, name }) => {
    if (parentId === null) return `/${name}`;
    const known = folders.get(parentId) ?? folderPath(parentId);
    folders.set(parentId, known);
    return `${await known}/${name}`;
  };
}
