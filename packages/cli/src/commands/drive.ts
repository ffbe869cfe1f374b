/** Folders and what is done with whole parts of the tree. */
import type { Client, OnConflict, Outcome } from "@sampan/sdk";
import { connect, connectionOptions } from "../connection.ts";
import { eachOfPages } from "../each-of-pages.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import {
  findFolder,
  findFolderIfAny,
  findPath,
  isRoot,
  placeOfNew,
  splitPath,
} from "../find-path.ts";
import { finishJob } from "../finish-job.ts";
import { complain, printJson, printLine, type CommandContext } from "../output.ts";
import { parseFlags, parseOnConflict } from "../parse.ts";
import { formatInstant, printable } from "../terminal/format.ts";

export const mkdirHelp = `Usage: sampan mkdir [--json] PATH…

Makes folders, and those on the way to them.`;

export const mvHelp = `Usage: sampan mv [options] PATH… TARGET

Moves into the folder TARGET, or gives one PATH a new place and name.

  --on-conflict fail|keep-both|replace   when the name is taken (default fail)`;

export const cpHelp = `Usage: sampan cp [options] PATH… TARGET

Copies on the server, without sending a byte: into the folder TARGET, or one PATH under another
name.

  --on-conflict fail|keep-both|replace   when the name is taken (default fail)`;

export const trashHelp = `Usage: sampan trash [list] | restore NAME|ID… | empty

Shows what is in the trash, brings it back, or deletes it for good.`;

const placing = { ...connectionOptions, "on-conflict": { type: "string" } } as const;

export async function mkdir({ argv, env, output, signal }: CommandContext): Promise<number> {
  const config = { args: argv, options: connectionOptions, allowPositionals: true } as const;
  const { values, positionals } = parseFlags(config);
  if (positionals.length === 0) throw new UsageError("mkdir needs at least one PATH");
  const { client } = await connect(values, env);
  for (const path of positionals) {
    const folder = await client.makeFolder({
      ...(await placeOfNew(client, { path, signal })),
      signal,
    });
    if (values.json === true) printJson(output, folder);
  }
  return EXIT.ok;
}

export function mv(context: CommandContext): Promise<number> {
  return place(context, {
    command: "mv",
    status: "moved",
    async one({ client, id, signal }, to) {
      return [(await client.changeNode(id, { ...to, signal })).id];
    },
    many: ({ client, signal }, move) => client.moveNodes({ ...move, signal }),
  });
}

export function cp(context: CommandContext): Promise<number> {
  return place(context, {
    command: "cp",
    status: "copied",
    async one({ client, id, signal }, to) {
      return await finish(client, await client.copyNode(id, { ...to, signal }), signal);
    },
    async many({ client, signal }, copy) {
      return await finish(client, await client.copyNodes({ ...copy, signal }), signal);
    },
  });
}

/** The ids of what it made. */
async function finish(client: Client, outcome: Outcome, signal: AbortSignal): Promise<string[]> {
  const job = await finishJob(client, { job: outcome.job, signal });
  return outcome.ids ?? job?.ids ?? [];
}

interface Placing {
  command: string;
  status: string;
  one(
    node: { client: Client; id: string; signal: AbortSignal },
    to: { parentId: string; name: string; onConflict: OnConflict },
  ): Promise<string[]>;
  many(
    by: { client: Client; signal: AbortSignal },
    to: { ids: string[]; parentId: string; onConflict: OnConflict },
  ): Promise<string[]>;
}

async function place(
  context: CommandContext,
  { command, status, one, many }: Placing,
): Promise<number> {
  const { argv, env, output, signal } = context;
  const { values, positionals } = parseFlags({
    args: argv,
    options: placing,
    allowPositionals: true,
  });
  const target = positionals.pop();
  if (target === undefined || positionals.length === 0)
    throw new UsageError(`${command} needs a PATH and a TARGET`);
  const onConflict = parseOnConflict(values["on-conflict"]);
  const { client } = await connect(values, env);
  const ids: string[] = [];
  for (const path of positionals) ids.push((await findPath(client, { path, signal })).id);
  const folder = await asFolder(client, { path: target, signal });
  const [id] = ids;
  const perform = async (): Promise<string[]> => {
    if (folder !== null)
      return await many({ client, signal }, { ids, parentId: folder, onConflict });
    if (ids.length > 1 || id === undefined) throw new UsageError(`${target} is not a folder`);
    const to = splitPath(target);
    const parentId = await findFolder(client, { path: to.folder, signal });
    return await one({ client, id, signal }, { parentId, name: to.name, onConflict });
  };
  const placed = await perform();
  if (values.json === true) printJson(output, { status, ids: placed });
  return EXIT.ok;
}

/** The folder of this path; null when the path is to be the place and name of one thing. */
async function asFolder(
  client: Client,
  { path, signal }: { path: string; signal: AbortSignal },
): Promise<string | null> {
  const mustBeFolder = isRoot(path) || path.endsWith("/");
  return await (mustBeFolder ? findFolder : findFolderIfAny)(client, { path, signal });
}

export async function trash({ argv, env, output, signal }: CommandContext): Promise<number> {
  const config = { args: argv, options: connectionOptions, allowPositionals: true } as const;
  const { values, positionals } = parseFlags(config);
  const [action = "list", ...names] = positionals;
  const { client } = await connect(values, env);
  const isJson = values.json === true;
  if (action === "empty" && names.length === 0) {
    await finishJob(client, { job: await client.emptyTrash({ signal }), signal });
    if (isJson) printJson(output, { status: "emptied" });
  } else if (action === "list" && names.length === 0) {
    for await (const node of eachTrashed(client, signal)) {
      if (isJson) printJson(output, node);
      else {
        printLine(
          output,
          [node.id, formatInstant(node.trashedAt), printable(node.name)].join("  "),
        );
      }
    }
  } else if (action === "restore" && names.length > 0) {
    const found: string[] = [];
    const wanted = new Set(names);
    for await (const node of eachTrashed(client, signal))
      if (wanted.delete(node.id) || wanted.delete(node.name)) found.push(node.id);
    for (const name of wanted) complain(output, `${printable(name)}: not in the trash`);
    const restored = found.length > 0 ? await client.restoreNodes({ ids: found, signal }) : [];
    if (isJson) printJson(output, { status: "restored", ids: restored });
    return wanted.size === 0 ? EXIT.ok : EXIT.failed;
  } else throw new UsageError("trash takes list, restore NAME|ID… or empty");
  return EXIT.ok;
}

function eachTrashed(client: Client, signal: AbortSignal) {
  return eachOfPages((cursor) => client.listTrash({ limit: 1_000, cursor, signal }));
}
