import { stat } from "node:fs/promises";
import {
  isRetryable,
  type OnConflict,
  type RetryEvent,
  type Uploader,
  type UploadProgress,
  type UploadResult,
} from "@sampan/sdk";
import { createNodeUploader, fileSource } from "@sampan/sdk/node";
import { connect, connectionOptions } from "../connection.ts";
import { EXIT, UsageError } from "../exit-codes.ts";
import { describeError, explain } from "../explain.ts";
import { mapConcurrently } from "../map-concurrently.ts";
import { complain, printJson, type CommandContext, type Output } from "../output.ts";
import { parseFlags, parseInstant, parseOnConflict, parseRetryFor } from "../parse.ts";
import { formatBytes, formatDuration, printable } from "../terminal/format.ts";
import { openTransfers, type Transfers } from "../terminal/transfers.ts";

export const putHelp = `Usage: sampan put [options] PATH…

Sends files. What an interrupted put has sent is kept: the same put continues it.

  --on-conflict fail|keep-both|replace   when the name is taken by other bytes (default fail)
  --instant overlap|first|off            ask whether the server has the bytes: while they are sent
                                         (default), before any is sent, or never
  --retry-for TIME                       keep trying while the server is away (default 2m)`;

/** Small files travel a thousand at a time, so that many have to be under way. */
const MAX_AT_ONCE = 2_000;

const options = {
  ...connectionOptions,
  "on-conflict": { type: "string" },
  instant: { type: "string" },
  "retry-for": { type: "string" },
  to: { type: "string" },
} as const;

interface Work {
  uploader: Uploader;
  transfers: Transfers;
  onConflict: OnConflict;
  isJson: boolean;
  output: Output;
  signal: AbortSignal;
}

/** One path, and why it cannot be sent. */
interface Candidate {
  path: string;
  size: number;
  refusal: Error | null;
}

export async function put(context: CommandContext): Promise<number> {
  const { output, signal, env } = context;
  const { values, positionals } = parseFlags({
    args: context.argv,
    options,
    allowPositionals: true,
  });
  if (values.to !== undefined) throw new UsageError("--to comes with folders; it is not there yet");
  if (positionals.length === 0) throw new UsageError("put needs at least one PATH");
  const onConflict = parseOnConflict(values["on-conflict"]);
  const instant = parseInstant(values.instant);
  const retryForMs = parseRetryFor(values["retry-for"]);
  const server = await connect(values, env);
  const isJson = values.json === true;

  const candidates = await mapConcurrently(positionals, { limit: 32, task: examine });
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
  const work: Work = { uploader, transfers, onConflict, isJson, output, signal };
  try {
    const task = (candidate: Candidate): Promise<boolean> => putOne(candidate, work);
    const sent = await mapConcurrently(candidates, { limit: MAX_AT_ONCE, task });
    return sent.every(Boolean) ? EXIT.ok : EXIT.failed;
  } finally {
    transfers.close();
  }
}

async function examine(path: string): Promise<Candidate> {
  try {
    const stats = await stat(path);
    if (stats.isFile()) return { path, size: stats.size, refusal: null };
    const reason = stats.isDirectory()
      ? "a folder; folders come with the drive, put takes files"
      : "not a regular file";
    return { path, size: 0, refusal: new Error(reason) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isMissing = "code" in error && error.code === "ENOENT";
    return { path, size: 0, refusal: isMissing ? new Error("no such file") : error };
  }
}

/** Whether the file is on the server now. Every failure but an interruption is reported here. */
async function putOne(candidate: Candidate, work: Work): Promise<boolean> {
  const { path, size } = candidate;
  const startedAtMs = performance.now();
  const line = work.transfers.begin(path, size);
  try {
    if (candidate.refusal !== null) throw candidate.refusal;
    const result = await work.uploader.upload(await fileSource(path), {
      onConflict: work.onConflict,
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

function describePhase({ phase, size, hashedBytes }: UploadProgress): string | undefined {
  if (phase === "checking" && hashedBytes === 0) return undefined;
  if (phase !== "verifying" && phase !== "checking") return undefined;
  return hashedBytes < size ? `hashing ${Math.floor((hashedBytes / size) * 100)}%` : "verifying";
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
  const resumed = resumedBytes > 0 ? `, ${formatBytes(resumedBytes)} of it sent before` : "";
  return `✓ ${name}${renamed}  ${formatBytes(file.size)} in ${formatDuration(done.seconds)}${resumed}`;
}

function jsonResult(path: string, result: UploadResult): object {
  const { status, file, sentBytes, resumedBytes, instantBytes, isInstant } = result;
  return { path, status, sentBytes, resumedBytes, instantBytes, isInstant, file };
}
