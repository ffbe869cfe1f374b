import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import {
  isRetryable,
  type Client,
  type OnConflict,
  type RetryEvent,
  type Uploader,
  type UploadResult,
} from "@sampan/sdk";
import { createNodeUploader, fileSource } from "@sampan/sdk/node";
import { connect, connectionOptions } from "../connection.ts";
import { describePhase, summarizeSent } from "../describe-upload.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { describeError, explain } from "../explain.ts";
import { makeFolder } from "../find-path.ts";
import { putToLink } from "../link/put-to-link.ts";
import { hasPassword, passwordOptions, withBarePassword } from "../link-password.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import { complain, printJson, type CommandContext, type Output } from "../output.ts";
import { parseFlags, parseInstant, parseOnConflict, parseRetryFor } from "../parse.ts";
import { formatBytes, printable } from "../terminal/format.ts";
import { openTransfers, type Transfers } from "../terminal/transfers.ts";

export const putHelp = `Usage: sampan put [options] PATH…
       sampan put --link LINK [--password[=TEXT]] FILE…

Sends files, and folders with all that is in them. What an interrupted put has sent is kept: the
same put continues it. By a LINK that asks for files (https://…/s/…) they go to whoever made it,
without an account.

  --to /FOLDER                           where to; made if it is not there (default: the root);
                                         @ann/FOLDER where ann shares it with you to edit
  --on-conflict fail|keep-both|replace   when the name is taken by other bytes (default fail)
  --instant overlap|first|off            ask whether the server has the bytes: while they are sent
                                         (default), before any is sent, or never
  --link LINK                            to whoever asks for files by it
  --password[=TEXT]                      of the LINK: asked for, or this (SAMPAN_LINK_PASSWORD)
  --retry-for TIME                       keep trying while the server is away (default 2m)`;

/** Small files travel a thousand at a time, so that many have to be under way. */
const MAX_AT_ONCE = 2_000;

const options = {
  ...connectionOptions,
  "on-conflict": { type: "string" },
  instant: { type: "string" },
  "retry-for": { type: "string" },
  to: { type: "string" },
  link: { type: "string" },
  ...passwordOptions,
} as const;

interface Work {
  uploader: Uploader;
  transfers: Transfers;
  onConflict: OnConflict;
  isJson: boolean;
  output: Output;
  signal: AbortSignal;
  /** The id of a folder below the target, made when it is first asked for; undefined for the root. */
  folderOf(folders: string): Promise<string | undefined>;
}

/** One path, and why it cannot be sent. */
interface Candidate {
  path: string;
  /** Below the target, between slashes. */
  folders: string;
  size: number;
  refusal: Error | null;
}

export async function put(context: CommandContext): Promise<number> {
  const { output, signal, env } = context;
  const args = withBarePassword(context.argv);
  const { values, positionals } = parseFlags({ args, options, allowPositionals: true });
  if (positionals.length === 0) throw new UsageError("put needs at least one PATH");
  const onConflict = parseOnConflict(values["on-conflict"]);
  const instant = parseInstant(values.instant);
  const retryForMs = parseRetryFor(values["retry-for"]);
  const isJson = values.json === true;
  const expandAll = async (): Promise<Candidate[]> =>
    (await mapConcurrently(positionals, { limit: 32, task: (path) => expand(path) })).flat();
  if (values.link !== undefined) {
    const { to, instant: speed, "on-conflict": conflict } = values;
    if ([to, speed, conflict].some((value) => value !== undefined))
      throw new UsageError("--link goes without --to, --on-conflict and --instant");
    const work = { values, env, signal, output, isJson, retryForMs };
    const isDone = await putToLink(values.link, { ...work, candidates: await expandAll() });
    return isDone ? EXIT.ok : EXIT.failed;
  }
  if (hasPassword(values)) throw new UsageError("--password goes with --link");
  const server = await connect(values, env);
  const candidates = await expandAll();
  const totalBytes = candidates.reduce((sum, { size }) => sum + size, 0);
  const totals = { totalFiles: candidates.length, totalBytes };
  const transfers = openTransfers(output.err, { isWanted: !isJson, ...totals });
  const onRetry = ({ error }: RetryEvent): void =>
    transfers.setNotice(`Waiting for the server: ${error.message}`);
  const uploader = createNodeUploader({
    client: server.client,
    retry: { retryForMs, onRetry },
    instant,
  });
  const folderOf = createFolderOf(server.client, { to: values.to ?? "", signal });
  const work: Work = { uploader, transfers, onConflict, isJson, output, signal, folderOf };
  try {
    const task = (candidate: Candidate): Promise<boolean> => putOne(candidate, work);
    const sent = await mapConcurrently(candidates, { limit: MAX_AT_ONCE, task });
    return sent.every(Boolean) ? EXIT.ok : EXIT.failed;
  } finally {
    transfers.close();
  }
}

/** Folders are made once, whoever asks first. */
function createFolderOf(
  client: Client,
  { to, signal }: { to: string; signal: AbortSignal },
): Work["folderOf"] {
  const known = new Map<string, Promise<string | undefined>>();
  const make = async (path: string): Promise<string | undefined> => {
    const id = await makeFolder(client, { path, signal });
    return id === "root" ? undefined : id;
  };
  return (folders) => {
    const path = [to.replace(/\/+$/, ""), folders].filter((part) => part !== "").join("/");
    const id = known.get(path) ?? make(path);
    known.set(path, id);
    return id;
  };
}

/** A folder is all the files below it; links are not followed out of it. */
async function expand(path: string, folders = ""): Promise<Candidate[]> {
  const refuse = (refusal: Error): Candidate[] => [{ path, folders, size: 0, refusal }];
  try {
    const stats = await stat(path);
    if (stats.isFile()) return [{ path, folders, size: stats.size, refusal: null }];
    if (!stats.isDirectory()) return refuse(new Error("not a regular file"));
    const inside = [folders, basename(resolve(path))].filter((part) => part !== "").join("/");
    const entries = await readdir(path, { withFileTypes: true });
    const wanted = entries.filter((entry) => entry.isFile() || entry.isDirectory());
    const task = (entry: Dirent): Promise<Candidate[]> => expand(join(path, entry.name), inside);
    return (await mapConcurrently(wanted, { limit: 16, task })).flat();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isMissing = "code" in error && error.code === "ENOENT";
    return refuse(isMissing ? new Error("no such file") : error);
  }
}

/** Whether the file is on the server now. Every failure but an interruption is reported here. */
async function putOne(candidate: Candidate, work: Work): Promise<boolean> {
  const { path, size } = candidate;
  const startedAtMs = performance.now();
  const line = work.transfers.begin(path, size);
  try {
    if (candidate.refusal !== null) throw candidate.refusal;
    const parentId = await work.folderOf(candidate.folders);
    const result = await work.uploader.upload(await fileSource(path), {
      onConflict: work.onConflict,
      parentId,
      signal: work.signal,
      onProgress(progress) {
        if (progress.movedBytes > progress.resumedBytes) work.transfers.setNotice("");
        // What need not be sent counts as moved, but not as speed.
        const resumedBytes = progress.resumedBytes + progress.instantBytes;
        line.update({ ...progress, resumedBytes, note: describePhase(progress) });
      },
    });
    const seconds = (performance.now() - startedAtMs) / 1000;
    line.finish(summarize(result, { path, seconds }));
    if (work.isJson) printJson(work.output, jsonResult(path, result));
    return true;
  } catch (error) {
    work.signal.throwIfAborted();
    const reason = isRetryable(error) ? `gave up: ${explain(error)}` : explain(error);
    const complaint = `${printable(path)}: ${reason}`;
    line.finish(`✗ ${complaint}`);
    const { isJson, transfers, output } = work;
    if (isJson) printJson(output, { path, status: "failed", error: describeError(error) });
    else if (!transfers.isLive) complain(output, complaint);
    return false;
  }
}

function summarize(result: UploadResult, done: { path: string; seconds: number }): string {
  const { file, isInstant, resumedBytes } = result;
  const name = printable(done.path);
  const kept = printable(file.name);
  const renamed = name.endsWith(kept) ? "" : ` as ${kept}`;
  if (result.status === "already-there") return `⚡ ${name}${renamed}  instant, already there`;
  const { sentBytes } = result;
  const needless = sentBytes > 0 ? `, after ${formatBytes(sentBytes)} had been sent` : "";
  if (isInstant) return `⚡ ${name}${renamed}  instant${needless}`;
  return summarizeSent({ ...done, renamed, size: file.size, resumedBytes });
}

function jsonResult(path: string, result: UploadResult): object {
  const { status, file, sentBytes, resumedBytes, instantBytes, isInstant } = result;
  return { path, status, sentBytes, resumedBytes, instantBytes, isInstant, file };
}
