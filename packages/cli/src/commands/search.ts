import { connect, connectionOptions } from "../connection.ts";
import { eachOfPages } from "../each-of-pages.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { printJson, printLine, type CommandContext } from "../output.ts";
import { parseFlags } from "../parse.ts";
import { parseCount } from "../parse-limits.ts";
import { createPathOf } from "../path-of.ts";
import { formatEntry } from "./ls.ts";

export const searchHelp = `Usage: sampan search TEXT… [--files|--folders] [--limit N] [--json]

Finds what has TEXT anywhere in its name, whatever the letter case, newest first: size,
modification time (UTC), path. Several words are one text, with spaces between them.`;

const options = {
  ...connectionOptions,
  files: { type: "boolean" },
  folders: { type: "boolean" },
  limit: { type: "string" },
} as const;

const fileOnly = { kind: "file" } as const;
const folderOnly = { kind: "folder" } as const;

export async function search({ argv, env, output, signal }: CommandContext): Promise<number> {
  const { values, positionals } = parseFlags({ args: argv, options, allowPositionals: true });
  const text = positionals.join(" ").trim();
  if (text === "") throw new UsageError("search needs a TEXT");
  if (values.files === true && values.folders === true)
    throw new UsageError("--files and --folders exclude each other");
  const limit = values.limit === undefined ? Infinity : parseCount(values.limit, "--limit");
  const only = values.files === true ? fileOnly : values.folders === true ? folderOnly : {};
  const { client } = await connect(values, env);
  const pathOf = createPathOf(client, signal);
  const found = eachOfPages((cursor) =>
    client.search(text, { ...only, limit: 100, cursor, signal }),
  );
  let count = 0;
  for await (const node of found) {
    if (count >= limit) break;
    count += 1;
    const path = await pathOf(node);
    if (values.json === true) printJson(output, { path, ...node });
    else printLine(output, formatEntry({ ...node, name: path }));
  }
  return EXIT.ok;
}
