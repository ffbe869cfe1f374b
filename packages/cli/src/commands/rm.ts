import { hasCode } from "@sampan/sdk";
import { connect, connectionOptions } from "../connection.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { findPath } from "../find-path.ts";
import { describeError, explain } from "../explain.ts";
import { finishJob } from "../finish-job.ts";
import { complain, printJson, type CommandContext } from "../output.ts";
import { parseFlags } from "../parse.ts";
import { printable } from "../terminal/format.ts";

export const rmHelp = `Usage: sampan rm [--permanent] [--json] PATH…

Moves files and folders to the trash, or deletes them for good.`;

const options = { ...connectionOptions, permanent: { type: "boolean" } } as const;

export async function rm({ argv, env, output, signal }: CommandContext): Promise<number> {
  const config = { args: argv, options, allowPositionals: true } as const;
  const { values, positionals } = parseFlags(config);
  if (positionals.length === 0) throw new UsageError("rm needs at least one PATH");
  const { client } = await connect(values, env);
  let exitCode: number = EXIT.ok;
  for (const name of positionals) {
    try {
      const { id } = await findPath(client, { path: name, signal });
      if (values.permanent === true) {
        const { job } = await client.deleteNodes([id], { signal });
        await finishJob(client, { job, signal });
      } else await client.trashNodes([id], { signal });
      const status = values.permanent === true ? "deleted" : "trashed";
      if (values.json === true) printJson(output, { name, status });
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
