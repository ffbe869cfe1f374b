import { join } from "node:path";
import {
  createRetryBudget,
  downloadArchive,
  downloadFile,
  downloadVersion,
  SampanError,
  withRetry,
  type StoredFile,
} from "@sampan/sdk";
import { connect, connectionOptions } from "../connection.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import {
  fetchFile,
  isFolder,
  receive,
  summarizeFetched,
  type Begin,
  type Fetching,
} from "../fetch-file.ts";
import { fetchFolder } from "../fetch-folder.ts";
import { findWanted, type Wanted } from "../find-wanted.ts";
import { isLink } from "../link/enter-link.ts";
import { getLink } from "../link/get-link.ts";
import { hasPassword, passwordOptions, withBarePassword } from "../link-password.ts";
import { localName } from "../local-name.ts";
import { printJson, type CommandContext, type Output } from "../output.ts";
import { parseFlags, parseRetryFor } from "../parse.ts";
import { parseCount } from "../parse-limits.ts";
import { openTransfers } from "../terminal/transfers.ts";

export const getHelp = `Usage: sampan get [options] PATH|NAME|ID
       sampan get --zip [options] PATH|NAME|ID…
       sampan get [options] LINK [PATH…]

Fetches a file, or a folder with all that is in it, verified by SHA-256. An interrupted get is
continued by the same get. @ann/PATH is what ann shares with you. By a LINK (https://…/s/…),
without an account, a folder comes as one zip; PATHs are below what it shares. However often
that is interrupted, it counts as one download.

  -o, --output PATH    where to (default: here); in a folder the name is kept, as a folder's always is
  -f, --force          replace files that are already there
  --zip                save everything named as one zip
  --version NUMBER     an earlier version of a file (sampan versions PATH)
  --password[=TEXT]    of the LINK: asked for, or this (SAMPAN_LINK_PASSWORD)
  --retry-for TIME     keep trying while the server is away (default 2m)`;

const options = {
  ...connectionOptions,
  ...passwordOptions,
  version: { type: "string" },
  output: { type: "string", short: "o" },
  force: { type: "boolean", short: "f" },
  zip: { type: "boolean" },
  "retry-for": { type: "string" },
} as const;

type Work = Omit<Fetching, "transfers" | "link"> & { output: Output; isJson: boolean };

export async function get(context: CommandContext): Promise<number> {
  const { output, signal, env } = context;
  const args = withBarePassword(context.argv);
  const { values, positionals } = parseFlags({ args, options, allowPositionals: true });
  const isZip = values.zip === true;
  const [link = "", ...paths] = positionals;
  if (isLink(link)) {
    if (values.version !== undefined) throw new UsageError("a LINK has no earlier versions");
    return await getLink(link, {
      values,
      env,
      signal,
      output,
      paths,
      isZip,
      target: values.output,
      overwrite: values.force === true,
      isJson: values.json === true,
      retryForMs: parseRetryFor(values["retry-for"]),
    });
  }
  if (hasPassword(values)) throw new UsageError("--password goes with a LINK");
  if (positionals.length === 0 || (positionals.length > 1 && !isZip))
    throw new UsageError(isZip ? "get --zip needs a PATH" : "get needs one PATH, NAME or ID");
  const retryForMs = parseRetryFor(values["retry-for"]);
  const { client } = await connect(values, env);
  const isJson = values.json === true;
  const overwrite = values.force === true;
  const work: Work = { client, output, signal, isJson, overwrite, retryForMs };

  const budget = createRetryBudget({ retryForMs });
  const wanted: Wanted[] = [];
  for (const text of positionals) {
    const find = () => findWanted(client, { text, signal });
    wanted.push(await withRetry(find, { budget, signal }));
  }
  const [first] = wanted as [Wanted];
  const name = first.kind === "file" ? first.file.name : first.name;
  if (isZip) {
    const zipName = `${wanted.length === 1 ? name : "Sampan"}.zip`;
    return await getZip(wanted, { work, path: await chooseTarget(zipName, values.output) });
  }
  if (first.kind === "file") {
    const path = await chooseTarget(name, values.output);
    if (values.version === undefined) return await getFile(first.file, { work, path });
    const number = parseCount(values.version, "--version");
    return await getVersion({ file: first.file, number }, { work, path });
  }
  if (values.version !== undefined) throw new UsageError("a folder has no versions");
  // Also where that is not there yet: the same get again means the same place.
  const path = join(values.output ?? ".", localName(name));
  return (await fetchFolder({ id: first.id, path }, work)) ? EXIT.ok : EXIT.failed;
}

interface Getting {
  work: Work;
  path: string;
}

async function getVersion(
  { file, number }: { file: StoredFile; number: number },
  { work, path }: Getting,
): Promise<number> {
  const { client, signal } = work;
  const versions = await client.listVersions(file.id, { signal });
  const version = versions.find((one) => one.number === number);
  if (version === undefined)
    throw new SampanError(`there is no version ${number} of it; sampan versions lists them`, {
      code: "version-not-found",
    });
  const { size, digests } = version;
  const begin: Begin = (options) =>
    downloadVersion({ id: file.id, number }, { client, ...options });
  return await getFile({ ...file, size, digests, version: number }, { work, path, begin });
}

async function getFile(
  file: StoredFile,
  {
    work,
    path,
    begin = (options) => downloadFile(file.id, { client: work.client, ...options }),
  }: Getting & { begin?: Begin },
): Promise<number> {
  const { output, isJson } = work;
  const totals = { totalFiles: 1, totalBytes: file.size };
  const transfers = openTransfers(output.err, { isWanted: !isJson, ...totals });
  try {
    const line = transfers.begin(file.name, file.size);
    const result = await fetchFile({ file, path, line, begin }, { ...work, transfers });
    if (isJson) printJson(output, { path, ...result, file });
    return EXIT.ok;
  } finally {
    transfers.close();
  }
}

async function getZip(wanted: readonly Wanted[], { work, path }: Getting): Promise<number> {
  const { client, output, isJson, retryForMs, signal } = work;
  const ids = wanted.map((one) => (one.kind === "file" ? one.file.id : one.id));
  const budget = createRetryBudget({ retryForMs });
  const { size } = await withRetry(() => client.createArchive({ ids }, { signal }), {
    budget,
    signal,
  });
  const transfers = openTransfers(output.err, {
    isWanted: !isJson,
    totalFiles: 1,
    totalBytes: size,
  });
  try {
    const startedAtMs = performance.now();
    const line = transfers.begin(path, size);
    const result = await receive(
      { line, path },
      {
        work: { ...work, transfers },
        begin: (how) => downloadArchive({ ids }, { client, ...how }),
      },
    );
    const seconds = (performance.now() - startedAtMs) / 1000;
    line.finish(summarizeFetched({ path, seconds, ...result }));
    if (isJson) printJson(output, { path, ...result });
    return EXIT.ok;
  } finally {
    transfers.close();
  }
}

async function chooseTarget(name: string, output: string | undefined): Promise<string> {
  if (output !== undefined && !(await isFolder(output))) return output;
  return output === undefined ? localName(name) : join(output, localName(name));
}
