import { connect, connectionOptions } from "../connection.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { printJson, printLine, type CommandContext } from "../output.ts";
import { parseFlags } from "../parse.ts";
import { formatBytes, printable } from "../terminal/format.ts";

export const lsHelp = `Usage: sampan ls [--prefix TEXT] [--json]

Lists files by name: size, modification time (UTC), name.`;

const options = { ...connectionOptions, prefix: { type: "string" } } as const;

export async function ls({ argv, env, output, signal }: CommandContext): Promise<number> {
  const { values, positionals } = parseFlags({ args: argv, options, allowPositionals: true });
  if (positionals.length > 0) throw new UsageError("ls takes no names; use --prefix");
  const { client } = await connect(values, env);
  for await (const file of client.eachFile({ prefix: values.prefix, limit: 1_000, signal })) {
    if (values.json === true) printJson(output, file);
    else {
      const modified = file.modifiedAt.slice(0, 16).replace("T", " ");
      printLine(
        output,
        `${formatBytes(file.size).padStart(9)}  ${modified}  ${printable(file.name)}`,
      );
    }
  }
  return EXIT.ok;
}
