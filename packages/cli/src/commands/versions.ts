import type { Client } from "@sampan/sdk";
import { SampanError } from "@sampan/sdk";
import { connect, connectionOptions } from "../connection.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { findPath } from "../find-path.ts";
import { printJson, printLine, type CommandContext } from "../output.ts";
import { parseFlags } from "../parse.ts";
import { parseCount } from "../parse-limits.ts";
import { formatBytes, formatInstant } from "../terminal/format.ts";

export const versionsHelp = `Usage: sampan versions [list] PATH [--json]
       sampan versions restore PATH NUMBER
       sampan versions delete PATH NUMBER…

Shows the versions of a file, the current one first: number, size, when it came (UTC). restore
makes that content the newest version, which costs no room; delete frees what an earlier one
takes, for good. To fetch one: sampan get PATH --version NUMBER. A file called list, restore or
delete is reached as /list.`;

const ACTIONS = ["list", "restore", "delete"] as const;

export async function versions({ argv, env, output, signal }: CommandContext): Promise<number> {
  const config = { args: argv, options: connectionOptions, allowPositionals: true } as const;
  const { values, positionals } = parseFlags(config);
  const action = ACTIONS.find((known) => known === positionals[0]);
  const [path, ...rest] = action === undefined ? positionals : positionals.slice(1);
  const numbers = rest.map((text) => parseCount(text, "a version's NUMBER"));
  const wantsNumber = action === "restore" || action === "delete";
  if (
    path === undefined ||
    wantsNumber !== numbers.length > 0 ||
    (action === "restore" && numbers.length > 1)
  )
    throw new UsageError(
      `versions ${action ?? "list"} takes ${wantsNumber ? "a PATH and a NUMBER" : "one PATH"}`,
    );
  const { client } = await connect(values, env);
  const id = await findFileId(client, { path, signal });
  if (action === "delete")
    for (const number of numbers) {
      await client.deleteVersion(id, number, { signal });
      if (values.json === true) printJson(output, { number, status: "deleted" });
    }
  else if (action === "restore") {
    const node = await client.restoreVersion(id, numbers[0] ?? 0, { signal });
    if (values.json === true) printJson(output, node);
  } else
    for (const version of await client.listVersions(id, { signal })) {
      const { number, size, createdAt, isCurrent } = version;
      const columns = [
        String(number).padStart(5),
        formatBytes(size).padStart(9),
        formatInstant(createdAt),
      ];
      if (values.json === true) printJson(output, version);
      else printLine(output, [...columns, isCurrent ? "current" : ""].join("  ").trimEnd());
    }
  return EXIT.ok;
}

async function findFileId(
  client: Client,
  { path, signal }: { path: string; signal: AbortSignal },
): Promise<string> {
  const { id, kind } = await findPath(client, { path, signal });
  if (kind === "file") return id;
  throw new SampanError("a folder has no versions", { code: "not-a-file" });
}
