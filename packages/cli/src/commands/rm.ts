import { hasCode, SampanError, type Client } from "@sampan/sdk";
import { connect, connectionOptions } from "../connection.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { describeError, explain } from "../explain.ts";
import { complain, printJson, type CommandContext } from "../output.ts";
import { parseFlags } from "../parse.ts";
import { printable } from "../terminal/format.ts";

export const rmHelp = `Usage: sampan rm [--json] NAME…

Deletes files by their exact names.`;

export async function rm({ argv, env, output, signal }: CommandContext): Promise<number> {
  const config = { args: argv, options: connectionOptions, allowPositionals: true } as const;
  const { values, positionals } = parseFlags(config);
  if (positionals.length === 0) throw new UsageError("rm needs at least one NAME");
  const { client } = await connect(values, env);
  let exitCode: number = EXIT.ok;
  for (const name of positionals) {
    try {
      await removeByName(client, name, signal);
      if (values.json === true) printJson(output, { name, status: "deleted" });
    } catch (error) {
      signal.throwIfAborted();
      if (hasCode(error, "unauthenticated", "connection-lost")) throw error;
      exitCode = EXIT.failed;
      if (values.json === true) {
        printJson(output, { name, status: "failed", error: describeError(error) });
      } else complain(output, `${printable(name)}: ${explain(error)}`);
    }
  }
  return exitCode;
}

async function removeByName(client: Client, name: string, signal: AbortSignal): Promise<void> {
  const file = await client.findFile(name, { signal });
  if (file === null) throw new SampanError("no such file", { code: "file-not-found" });
  await client.deleteFile(file.id, { signal });
}
