import type { DriveNode, StoredFile } from "@sampan/sdk";
import { findFolder } from "../find-path.ts";
import { connect, connectionOptions } from "../connection.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { printJson, printLine, type CommandContext } from "../output.ts";
import { parseFlags } from "../parse.ts";
import { formatBytes, printable } from "../terminal/format.ts";

export const lsHelp = `Usage: sampan ls [PATH] [--prefix TEXT] [--json]

Lists a folder, the root unless PATH names another: size, modification time (UTC), name. A folder's name ends in a slash.
With --prefix only files whose name begins so.`;

const options = { ...connectionOptions, prefix: { type: "string" } } as const;

export async function ls({ argv, env, output, signal }: CommandContext): Promise<number> {
  const { values, positionals } = parseFlags({ args: argv, options, allowPositionals: true });
  if (positionals.length > 1) throw new UsageError("ls takes one PATH");
  const { client } = await connect(values, env);
  const parentId = await findFolder(client, { path: positionals[0] ?? "/", signal });
  const { prefix } = values;
  const entries =
    prefix === undefined
      ? client.eachChild(parentId, { signal })
      : client.eachFile({ parentId, prefix, limit: 1_000, signal });
  for await (const entry of entries) {
    if (values.json === true) printJson(output, entry);
    else printLine(output, formatEntry(entry));
  }
  return EXIT.ok;
}

function formatEntry(entry: StoredFile | DriveNode): string {
  const isFolder = "kind" in entry && entry.kind === "folder";
  const size = isFolder ? "" : formatBytes(entry.size ?? 0);
  const modified = entry.modifiedAt.slice(0, 16).replace("T", " ");
  return `${size.padStart(9)}  ${modified}  ${printable(entry.name)}${isFolder ? "/" : ""}`;
}
