import { connect, connectionOptions, dataFolder, readTokenFile } from "../connection.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { printJson, printLine, type CommandContext } from "../output.ts";
import { parseFlags } from "../parse.ts";

export const adminHelp = `Usage: sampan admin token [--data-dir DIR] [--json]
       sampan admin token --rotate [--url URL] [--token TOKEN]

Prints the owner's token from the server's data folder (--data-dir, SAMPAN_DATA_DIR, ./data), or
has a running server replace it: the old token is dead at once.`;

const options = {
  ...connectionOptions,
  rotate: { type: "boolean" },
  "data-dir": { type: "string" },
} as const;

export async function admin({ argv, env, output, signal }: CommandContext): Promise<number> {
  const { values, positionals } = parseFlags({ args: argv, options, allowPositionals: true });
  if (positionals.length !== 1 || positionals[0] !== "token") {
    throw new UsageError("admin knows one thing: token");
  }
  const folder = dataFolder(values["data-dir"], env);
  const scoped = { ...env, SAMPAN_DATA_DIR: folder };
  const token =
    values.rotate === true
      ? await (await connect(values, scoped)).client.replaceToken({ signal })
      : await readTokenFile(folder);
  if (values.json === true) printJson(output, { token });
  else printLine(output, token);
  return EXIT.ok;
}
