/**
 * What another shares with one, as a path: `@ann/Together/notes.txt` is `notes.txt` in what ann shares under the name `Together`. `@ann` alone
 * is all that she shares, `@` all that anybody does. An own name that begins so is reached as `/@…`.
 */
import { SampanError, type Client, type SharedWithMe } from "@sampan/sdk";

export interface SharedPath {
  /** Null: everybody's. */
  readonly ownerName: string | null;
  /** What is shared, by its name or its id; null: all of it. */
  readonly top: string | null;
  /** Below that, without slashes at its ends; empty for what is shared itself. */
  readonly rest: string;
}

interface Asked {
  readonly path: string;
  readonly signal: AbortSignal;
}

/** Null for a path of one's own. */
export function parseSharedPath(path: string): SharedPath | null {
  if (!path.startsWith("@")) return null;
  const [ownerName = "", top = "", ...rest] = path
    .slice(1)
    .split("/")
    .filter((name, at) => at === 0 || name !== "");
  return {
    ownerName: ownerName === "" ? null : ownerName,
    top: top === "" ? null : top,
    rest: rest.join("/"),
  };
}

export function formatSharedPath({ ownerName, node }: SharedWithMe): string {
  return `@${ownerName}/${node.name}`;
}

/** Everything that the path names as a whole: `@` and `@ann`. */
export async function* eachShared(
  client: Client,
  { ownerName, signal }: { ownerName: string | null; signal: AbortSignal },
): AsyncGenerator<SharedWithMe> {
  for await (const shared of client.eachSharedWithMe({ signal }))
    if (ownerName === null || isSame(shared.ownerName, ownerName)) yield shared;
}

/** The id of what is shared, from which the rest of the path goes on. */
export async function findShared(
  client: Client,
  asked: Asked,
): Promise<{ id: string; rest: string }> {
  const { node } = await findTop(client, asked);
  return { id: node.id, rest: parseSharedPath(asked.path)?.rest ?? "" };
}

/** What is shared itself, not what lies in it. */
export async function findGrant(client: Client, asked: Asked): Promise<SharedWithMe> {
  const rest = parseSharedPath(asked.path)?.rest ?? "";
  if (rest === "") return await findTop(client, asked);
  throw new SampanError("this is in what is shared with you, and not shared by itself", {
    code: "share-not-found",
  });
}

async function findTop(client: Client, { path, signal }: Asked): Promise<SharedWithMe> {
  const shared = parseSharedPath(path);
  if (shared?.ownerName === undefined || shared.ownerName === null || shared.top === null)
    throw new SampanError("name what is shared, as in @ann/Photos; sampan ls @ shows it", {
      code: "node-not-found",
    });
  const { ownerName, top } = shared;
  const found: SharedWithMe[] = [];
  for await (const one of eachShared(client, { ownerName, signal }))
    if (one.node.id === top || isSame(one.node.name, top)) found.push(one);
  const exact = found.filter(({ node }) => node.name === top || node.id === top);
  const [only, second] = exact.length > 0 ? exact : found;
  if (only === undefined)
    throw new SampanError(`${ownerName} shares nothing with you under this name`, {
      code: "node-not-found",
    });
  if (second !== undefined)
    throw new SampanError(
      `${ownerName} shares ${found.length} things of this name with you; sampan ls @${ownerName} --json has their ids, for @${ownerName}/ID`,
      { code: "ambiguous" },
    );
  return only;
}

/** As folders compare names. */
export function isSame(one: string, other: string): boolean {
  return one.normalize().toLowerCase() === other.normalize().toLowerCase();
}
