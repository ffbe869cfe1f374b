import type { Search } from "@sampan/sdk";
import { connect, connectionOptions } from "../connection.ts";
import { eachOfPages } from "../each-of-pages.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { findFolder } from "../find-path.ts";
import { printJson, printLine, type CommandContext } from "../output.ts";
import { parseFlags } from "../parse.ts";
import { parseCount } from "../parse-limits.ts";
import { createPathOf } from "../path-of.ts";
import { formatEntry } from "./ls.ts";

export const searchHelp = `Usage: sampan search TEXT… [--in PATH|--shared|--all] [--files|--folders] [--limit N] [--json]

Finds what has TEXT anywhere in its name, whatever the letter case, newest first: size, modification
time (UTC), path. Several words are one text, with spaces between them.

  --in PATH            in this folder, however deep; @ann/Photos too
  --shared             in what others share with you
  --all                there, and in your own drive
  --files, --folders   only these
  --limit N            the first N`;

const options = {
  ...connectionOptions,
  files: { type: "boolean" },
  folders: { type: "boolean" },
  limit: { type: "string" },
  in: { type: "string" },
  shared: { type: "boolean" },
  all: { type: "boolean" },
} as const;

const fileOnly = { kind: "file" } as const;
const folderOnly = { kind: "folder" } as const;

export async function search({ argv, env, output, signal }: CommandContext): Promise<number> {
  const { values, positionals } = parseFlags({ args: argv, options, allowPositionals: true });
  const text = positionals.join(" ").trim();
  if (text === "") throw new UsageError("search needs a TEXT");
  if (values.files === true && values.folders === true)
    throw new UsageError("--files and --folders exclude each other");
  const places = [values.in !== undefined, values.shared === true, values.all === true];
  if (places.filter(Boolean).length > 1)
    throw new UsageError("--in, --shared and --all exclude each other");
  const limit = values.limit === undefined ? Infinity : parseCount(values.limit, "--limit");
  const only = values.files === true ? fileOnly : values.folders === true ? folderOnly : {};
  const { client } = await connect(values, env);
  const place: Pick<Search, "in" | "scope"> = {};
  if (values.in !== undefined) place.in = await findFolder(client, { path: values.in, signal });
  if (values.shared === true) place.scope = "shared";
  if (values.all === true) place.scope = "all";
  const pathOf = createPathOf(client, signal);
  const found = eachOfPages((cursor) =>
    client.search(text, { ...only, ...place, limit: 100, cursor, signal }),
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
