import { connect, connectionOptions } from "../connection.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { findPath } from "../find-path.ts";
import { printJson, type Command, type CommandContext } from "../output.ts";
import { parseFlags } from "../parse.ts";

export const starHelp = `Usage: sampan star PATH…
       sampan unstar PATH…

Marks files and folders, or takes the mark away. sampan ls --starred lists them.`;

export const star: Command = (context) => mark(context, { command: "star", starred: true });
export const unstar: Command = (context) => mark(context, { command: "unstar", starred: false });

async function mark(
  { argv, env, output, signal }: CommandContext,
  { command, starred }: { command: string; starred: boolean },
): Promise<number> {
  const config = { args: argv, options: connectionOptions, allowPositionals: true } as const;
  const { values, positionals } = parseFlags(config);
  if (positionals.length === 0) throw new UsageError(`${command} needs at least one PATH`);
  const { client } = await connect(values, env);
  const ids: string[] = [];
  for (const path of positionals) ids.push((await findPath(client, { path, signal })).id);
  await client.starNodes({ ids, starred, signal });
  if (values.json === true) printJson(output, { ids, starred });
  return EXIT.ok;
}
