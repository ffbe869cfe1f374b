/** Paths as people type them: names between slashes, from the root. */
import { hasCode, SampanError, type Client, type NodeInPlace } from "@sampan/sdk";

interface Wanted {
  path: string;
  signal: AbortSignal;
}

export async function findPath(client: Client, { path, signal }: Wanted): Promise<NodeInPlace> {
  try {
    return await client.findPath(path, { signal });
  } catch (error) {
    if (!hasCode(error, "node-not-found")) throw error;
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

/** As `findFolder`, and makes what is not there. */
export async function makeFolder(client: Client, { path, signal }: Wanted): Promise<string> {
  if (isRoot(path)) return "root";
  return (await client.makeFolder({ path, onConflict: "reuse", signal })).id;
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
