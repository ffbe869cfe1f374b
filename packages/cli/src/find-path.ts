/** Paths as people type them: names between slashes, from the root, or from what another shares (`@ann/Photos`). */
import { hasCode, SampanError, type Client, type NodeInPlace } from "@sampan/sdk";
import { findShared, parseSharedPath } from "./shared-path.ts";

interface Wanted {
  path: string;
  signal: AbortSignal;
}

export async function findPath(client: Client, { path, signal }: Wanted): Promise<NodeInPlace> {
  try {
    if (parseSharedPath(path) === null) return await client.findPath(path, { signal });
    const { id, rest } = await findShared(client, { path, signal });
    return rest === ""
      ? await client.getNode(id, { signal })
      : await client.findPath(rest, { from: id, signal });
  } catch (error) {
    if (!hasCode(error, "node-not-found") || error.status === 0) throw error;
    throw new SampanError("no such file or folder", { code: "node-not-found", cause: error });
  }
}

/** The id of a folder. */
export async function findFolder(client: Client, { path, signal }: Wanted): Promise<string> {
  if (isRoot(path)) return "root";
  const node = await findPath(client, { path, signal });
  if (node.kind === "folder") return node.id;
  throw new SampanError(`${path} is a file`, { code: "not-a-folder" });
}

/** The folder of this path; null where there is none, or a file. */
export async function findFolderIfAny(client: Client, wanted: Wanted): Promise<string | null> {
  try {
    return await findFolder(client, wanted);
  } catch (error) {
    if (hasCode(error, "node-not-found", "not-a-folder")) return null;
    throw error;
  }
}

/** As `findFolder`, and makes what is not there. */
export async function makeFolder(client: Client, { path, signal }: Wanted): Promise<string> {
  if (isRoot(path)) return "root";
  if (parseSharedPath(path) === null)
    return (await client.makeFolder({ path, onConflict: "reuse", signal })).id;
  const { id: parentId, rest } = await findShared(client, { path, signal });
  if (rest === "") return await findFolder(client, { path, signal });
  return (await client.makeFolder({ path: rest, parentId, onConflict: "reuse", signal })).id;
}

/** What `makeFolder` of the SDK takes to make a new one. */
export async function placeOfNew(
  client: Client,
  { path, signal }: Wanted,
): Promise<{ path: string; parentId?: string }> {
  if (parseSharedPath(path) === null) return { path };
  const { id: parentId, rest } = await findShared(client, { path, signal });
  if (rest === "") throw new SampanError(`${path} is there already`, { code: "name-taken" });
  return { path: rest, parentId };
}

export function isRoot(path: string): boolean {
  return /^\/*$/.test(path);
}

/** `a/b/c` is `c` in `/a/b`. */
export function splitPath(path: string): { folder: string; name: string } {
  const trimmed = path.replace(/\/+$/, "");
  const at = trimmed.lastIndexOf("/");
  return { folder: trimmed.slice(0, Math.max(0, at)), name: trimmed.slice(at + 1) };
}
