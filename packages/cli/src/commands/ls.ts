import type { Client, DriveNode, LinkNode, StoredFile } from "@sampan/sdk";
import { SampanError } from "@sampan/sdk";
import { connect, connectionOptions } from "../connection.ts";
import { eachOfPages } from "../each-of-pages.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { findPath, isRoot } from "../find-path.ts";
import { enterLink, isLink } from "../link/enter-link.ts";
import { findInLink } from "../link/find-in-link.ts";
import { hasPassword, passwordOptions, withBarePassword } from "../link-password.ts";
import { printJson, printLine, type CommandContext } from "../output.ts";
import { parseFlags } from "../parse.ts";
import { createPathOf } from "../path-of.ts";
import { eachShared, formatSharedPath, parseSharedPath } from "../shared-path.ts";
import { formatBytes, formatInstant, printable } from "../terminal/format.ts";

export const lsHelp = `Usage: sampan ls [PATH] [--prefix TEXT] [--json]
       sampan ls @[USER[/PATH]]
       sampan ls LINK [PATH] [--password[=TEXT]]
       sampan ls --recent|--starred

Lists a folder, the root unless PATH names another: size, modification time (UTC), name. A
folder's name ends in a slash. @ is all that others share with you, @ann what ann does,
@ann/Photos what is in it. A LINK (https://…/s/…) needs no account.

  --prefix TEXT        only files whose name begins so
  --recent             your files, the last changed first; the first 100
  --starred            what you have marked with sampan star
  --password[=TEXT]    of the LINK: asked for, or this (SAMPAN_LINK_PASSWORD)`;

const options = {
  ...connectionOptions,
  ...passwordOptions,
  prefix: { type: "string" },
  recent: { type: "boolean" },
  starred: { type: "boolean" },
} as const;

type Entry = StoredFile | DriveNode | LinkNode;

const MAX_RECENT = 100;

export async function ls({ argv, env, output, signal }: CommandContext): Promise<number> {
  const args = withBarePassword(argv);
  const { values, positionals } = parseFlags({ args, options, allowPositionals: true });
  const [place = "/", below, ...others] = positionals;
  const { prefix, recent = false, starred = false } = values;
  const isOfLink = isLink(place);
  if (others.length > 0 || (below !== undefined && !isOfLink))
    throw new UsageError("ls takes one PATH");
  if (hasPassword(values) && !isOfLink) throw new UsageError("--password goes with a LINK");
  const isWhole = recent || starred;
  if ((recent && starred) || (isWhole && (positionals.length > 0 || prefix !== undefined)))
    throw new UsageError("--recent and --starred go alone");
  if (prefix !== undefined && isOfLink) throw new UsageError("--prefix goes with a PATH");

  const list = async (): Promise<AsyncIterable<Entry>> => {
    if (isOfLink) return await listLink({ place, below, values, env, signal });
    const { client } = await connect(values, env);
    if (recent) return listWhole(client, { command: "listRecent", most: MAX_RECENT, signal });
    if (starred) return listWhole(client, { command: "listStarred", most: Infinity, signal });
    return await listPlace(client, { place, prefix, signal });
  };
  for await (const entry of await list()) {
    if (values.json === true) printJson(output, entry);
    else printLine(output, formatEntry(entry));
  }
  return EXIT.ok;
}

async function listPlace(
  client: Client,
  { place, prefix, signal }: { place: string; prefix: string | undefined; signal: AbortSignal },
): Promise<AsyncIterable<Entry>> {
  const shared = parseSharedPath(place);
  if (shared !== null && shared.top === null)
    return listShared(client, { ownerName: shared.ownerName, signal });
  const node = isRoot(place) ? null : await findPath(client, { path: place, signal });
  if (node?.kind === "file") return only(node);
  const parentId = node?.id ?? "root";
  return prefix === undefined
    ? client.eachChild(parentId, { signal })
    : client.eachFile({ parentId, prefix, limit: 1_000, signal });
}

/** Under the paths by which one reaches them. */
async function* listShared(
  client: Client,
  who: { ownerName: string | null; signal: AbortSignal },
): AsyncGenerator<Entry> {
  let isEmpty = true;
  for await (const shared of eachShared(client, who)) {
    isEmpty = false;
    yield { ...shared.node, name: formatSharedPath(shared) };
  }
  if (isEmpty && who.ownerName !== null)
    throw new SampanError(`${who.ownerName} shares nothing with you`, { code: "node-not-found" });
}

async function listLink({
  place,
  below,
  ...entering
}: { place: string; below: string | undefined } & Parameters<typeof enterLink>[1]): Promise<
  AsyncIterable<Entry>
> {
  const { signal } = entering;
  const { visitor, link } = await enterLink(place, entering);
  if (link === null)
    throw new SampanError("The link was used as often as it may be", { code: "downloads-spent" });
  if (link.kind === "request")
    throw new SampanError("this link takes files, and shows none", { code: "not-a-download" });
  const node = await findInLink(visitor, { top: link.node, path: below ?? "", signal });
  return node.kind === "file" ? only(node) : visitor.eachChild({ id: node.id, signal });
}

async function* only(entry: Entry): AsyncGenerator<Entry> {
  yield entry;
}

/** From all over the drive, under their whole paths. */
async function* listWhole(
  client: Client,
  {
    command,
    most,
    signal,
  }: { command: "listRecent" | "listStarred"; most: number; signal: AbortSignal },
): AsyncGenerator<Entry> {
  const pathOf = createPathOf(client, signal);
  let count = 0;
  for await (const node of eachOfPages((cursor) =>
    client[command]({ limit: MAX_RECENT, cursor, signal }),
  )) {
    if (count >= most) return;
    count += 1;
    yield { ...node, name: await pathOf(node) };
  }
}

export function formatEntry(entry: Entry): string {
  const isFolder = "kind" in entry && entry.kind === "folder";
  const size = isFolder ? "" : formatBytes(entry.size ?? 0);
  const name = `${printable(entry.name)}${isFolder ? "/" : ""}`;
  return [size.padStart(9), formatInstant(entry.modifiedAt), name].join("  ");
}
