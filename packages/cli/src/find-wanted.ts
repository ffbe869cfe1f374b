/** What `get` is asked for: a path, a name in the root, or an id. */
import { hasCode, SampanError, type Client, type DriveNode, type StoredFile } from "@sampan/sdk";
import { findPath } from "./find-path.ts";
import { parseSharedPath } from "./shared-path.ts";

export type Wanted =
  | { kind: "file"; file: StoredFile }
  | { kind: "folder"; id: string; name: string };

/** What another shares by its path. Else a file's name first; what is no file's name may be an id, then a path. */
export async function findWanted(
  client: Client,
  { text, signal }: { text: string; signal: AbortSignal },
): Promise<Wanted> {
  if (parseSharedPath(text) !== null)
    return await toWanted(client, await findPath(client, { path: text, signal }), signal);
  const named = await client.findFile(text, { signal });
  if (named !== null) return { kind: "file", file: named };
  const attempts: (() => Promise<Wanted>)[] = [
    async () => ({ kind: "file", file: await client.getFile(text, { signal }) }),
    async () => toWanted(client, await client.findPath(text, { signal }), signal),
    async () => toWanted(client, await client.getNode(text, { signal }), signal),
  ];
  let missing: SampanError | undefined;
  for (const attempt of attempts) {
    try {
      return await attempt();
    } catch (error) {
      if (!hasCode(error, "file-not-found", "node-not-found", "invalid-request", "not-found"))
        throw error;
      missing ??= error;
    }
  }
  const code = missing?.code ?? "file-not-found";
  throw new SampanError(`No file is called "${text}"`, { code, cause: missing });
}

async function toWanted(
  client: Client,
  { id, kind, name, parentId }: DriveNode,
  signal: AbortSignal,
): Promise<Wanted> {
  if (kind === "file") return { kind, file: await client.getFile(id, { signal }) };
  return { kind, id, name: parentId === null && name === "" ? "Sampan" : name };
}
