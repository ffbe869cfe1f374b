import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  createRetryBudget,
  downloadFile,
  hasCode,
  SampanError,
  withRetry,
  type Client,
  type DownloadProgress,
  type StoredFile,
} from "@sampan/sdk";
import { fileSink, hashFile } from "@sampan/sdk/node";
import { connect, connectionOptions } from "../connection.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { printJson, type CommandContext } from "../output.ts";
import { parseFlags, parseRetryFor } from "../parse.ts";
import { formatBytes, formatDuration, printable } from "../terminal/format.ts";
import { openTransfers, type TransferLine } from "../terminal/transfers.ts";

export const getHelp = `Usage: sampan get [options] NAME|ID

Fetches a file, verified by its SHA-256. An interrupted get is continued by the same get.

  -o, --output PATH    where to; a folder keeps the file's name (default: here)
  -f, --force          replace a file that is already there
  --retry-for TIME     keep trying while the server is away (default 2m)`;

const options = {
  ...connectionOptions,
  output: { type: "string", short: "o" },
  force: { type: "boolean", short: "f" },
  "retry-for": { type: "string" },
} as const;

interface Fetched {
  status: "fetched" | "already-there";
  receivedBytes: number;
  resumedBytes: number;
  isVerified: boolean;
}

export async function get(context: CommandContext): Promise<number> {
  const { output, signal, env } = context;
  const parsed = parseFlags({ args: context.argv, options, allowPositionals: true });
  const { values, positionals } = parsed;
  const [wanted] = positionals;
  if (wanted === undefined || positionals.length > 1)
    throw new UsageError("get needs one NAME or ID");
  const retryForMs = parseRetryFor(values["retry-for"]);
  const { client } = await connect(values, env);
  const isJson = values.json === true;

  const budget = createRetryBudget({ retryForMs });
  const file = await withRetry(() => findWanted(client, wanted, signal), { budget, signal });
  const path = await chooseTarget(file, values.output);
  const totals = { totalFiles: 1, totalBytes: file.size };
  const transfers = openTransfers(output.err, { isWanted: !isJson, ...totals });
  try {
    const startedAtMs = performance.now();
    const line = transfers.begin(file.name, file.size);
    const isSame = await holdsAlready(path, { file, signal });
    const onRetry = ({ error }: { error: Error }): void =>
      transfers.setNotice(`Waiting for the server: ${error.message}`);
    const result: Fetched = isSame
      ? { status: "already-there", receivedBytes: 0, resumedBytes: 0, isVerified: true }
      : {
          status: "fetched",
          ...(await downloadFile(file.id, {
            client,
            sink: fileSink(path, { overwrite: values.force }),
            retry: { retryForMs, onRetry },
            signal,
            onProgress(progress) {
              if (progress.heldBytes > progress.resumedBytes) transfers.setNotice("");
              showProgress(line, progress);
            },
          })),
        };
    const seconds = (performance.now() - startedAtMs) / 1000;
    line.finish(summarize(result, { path, size: file.size, seconds }));
    if (isJson) printJson(output, { path, ...result, file });
    return EXIT.ok;
  } finally {
    transfers.close();
  }
}

/** A name first; what is no name may be an id. */
async function findWanted(
  client: Client,
  wanted: string,
  signal: AbortSignal,
): Promise<StoredFile> {
  const named = await client.findFile(wanted, { signal });
  if (named !== null) return named;
  try {
    return await client.getFile(wanted, { signal });
  } catch (error) {
    if (!hasCode(error, "file-not-found", "invalid-request")) throw error;
    throw new SampanError(`No file is called "${wanted}"`, { code: error.code, cause: error });
  }
}

/** A server's name never leads out of the folder. */
async function chooseTarget(file: StoredFile, output: string | undefined): Promise<string> {
  const name = basename(file.name);
  if (output !== undefined && !(await isFolder(output))) return output;
  if (name === "" || name === "." || name === ".." || name.includes("\0")) {
    throw new UsageError(`"${printable(file.name)}" is no name for a local file; use -o`);
  }
  return output === undefined ? name : join(output, name);
}

async function isFolder(path: string): Promise<boolean> {
  const stats = await statOrNull(path);
  return stats?.isDirectory() ?? false;
}

async function holdsAlready(
  path: string,
  { file, signal }: { file: StoredFile; signal: AbortSignal },
): Promise<boolean> {
  const stats = await statOrNull(path);
  const { sha256 } = file.digests;
  if (stats === null || !stats.isFile() || stats.size !== file.size) return false;
  return sha256 !== undefined && (await hashFile(path, { size: stats.size, signal })) === sha256;
}

async function statOrNull(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function showProgress(line: TransferLine, progress: DownloadProgress): void {
  const { phase, size, heldBytes, resumedBytes, hashedBytes } = progress;
  const percent = Math.floor((hashedBytes / Math.max(1, size)) * 100);
  const note = phase === "verifying" ? `verifying ${percent}%` : undefined;
  line.update({ movedBytes: heldBytes, resumedBytes, note });
}

function summarize(
  { status, resumedBytes, isVerified }: Fetched,
  done: { path: string; size: number; seconds: number },
): string {
  const path = printable(done.path);
  if (status === "already-there") return `⚡ ${path}  instant, already there`;
  const resumed = resumedBytes > 0 ? `, ${formatBytes(resumedBytes)} of it fetched before` : "";
  const doubt = isVerified ? "" : " (not verified: the server has no digest yet)";
  return `✓ ${path}  ${formatBytes(done.size)} in ${formatDuration(done.seconds)}${resumed}${doubt}`;
}
