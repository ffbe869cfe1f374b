/** Folders and what is done with whole parts of the tree. */
import type { Client, OnConflict } from "@sampan/sdk";
import { connect, connectionOptions } from "../connection.ts";
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

Copies on the server, without sending a byte: into the folder TARGET, or one PATH under another name.

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
    async one({ client, id, signal }, to) {
      await client.changeNode(id, { ...to, signal });
    },
    async many({ client, signal }, move) {
      await client.moveNodes({ ...move, signal });
    },
  });
}

export function cp(context: CommandContext): Promise<number> {
  return place(context, {
    command: "cp",
    async one({ client, id, signal }, to) {
      await finishJob(client, { job: (await client.copyNode(id, { ...to, signal })).job, signal });
    },
    async many({ client, signal }, copy) {
      await finishJob(client, { job: (await client.copyNodes({ ...copy, signal })).job, signal });
    },
  });
}

interface Placing {
  command: string;
  one(
    node: { client: Client; id: string; signal: AbortSignal },
    to: { parentId: string; name: string; onConflict: OnConflict },
  ): Promise<void>;
  many(
    by: { client: Client; signal: AbortSignal },
    to: { ids: string[]; parentId: string; onConflict: OnConflict },
  ): Promise<void>;
}

async function place(context: CommandContext, { command, one, many }: Placing): Promise<number> {
  const { argv, env, signal } = context;
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
  if (folder !== null) await many({ client, signal }, { ids, parentId: folder, onConflict });
  else if (ids.length > 1 || id === undefined) throw new UsageError(`${target} is not a folder`);
  else {
    const to = splitPath(target);
    const parentId = await findFolder(client, { path: to.folder, signal });
    await one({ client, id, signal }, { parentId, name: to.name, onConflict });
  }
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
  if (action === "empty")
    await finishJob(client, { job: await client.emptyTrash({ signal }), signal });
  else if (action === "list") {
    for await (const node of eachTrashed(client, signal)) {
      if (values.json === true) printJson(output, node);
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
    if (found.length > 0) await client.restoreNodes({ ids: found, signal });
    return wanted.size === 0 ? EXIT.ok : EXIT.failed;
  } else throw new UsageError("trash takes list, restore NAME|ID… or empty");
  return EXIT.ok;
}

async function* eachTrashed(client: Client, signal: AbortSignal) {
  let cursor: string | undefined;
  do {
    const page = await client.listTrash({ limit: 1_000, cursor, signal });
    yield* page.items;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
