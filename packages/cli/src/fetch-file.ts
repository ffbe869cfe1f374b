/** One file onto the disk, with its line of progress. */
import { stat } from "node:fs/promises";
import type { Client, DownloadProgress, DownloadResult, DownloadSink, Link } from "@sampan/sdk";
import { fileSink, hashFile } from "@sampan/sdk/node";
import { formatBytes, formatDuration, printable } from "./terminal/format.ts";
import type { TransferLine, Transfers } from "./terminal/transfers.ts";

export interface Fetching extends Receiving {
  readonly client: Client;
}

/** How bytes come in, wherever they come from. */
export interface Receiving {
  readonly transfers: Transfers;
  readonly overwrite: boolean;
  readonly retryForMs: number | undefined;
  readonly signal: AbortSignal;
  readonly link?: Link | undefined;
}

export interface Fetched {
  status: "fetched" | "already-there";
  receivedBytes: number;
  resumedBytes: number;
  isVerified: boolean;
}

/** What of a file is needed here; a node has it too. */
export interface FetchableFile {
  readonly size: number;
  readonly digests: { readonly sha256?: string };
}

/** Nothing is fetched that is there already, byte for byte. The caller ends the line where this throws. */
export async function fetchFile(
  {
    file,
    path,
    line,
    begin,
  }: { file: FetchableFile; path: string; line: TransferLine; begin: Begin },
  work: Receiving,
): Promise<Fetched> {
  const { signal } = work;
  const startedAtMs = performance.now();
  const isSame = await holdsAlready(path, { file, signal });
  const result: Fetched = isSame
    ? { status: "already-there", receivedBytes: 0, resumedBytes: 0, isVerified: true }
    : await receive({ line, path }, { work, begin });
  const seconds = (performance.now() - startedAtMs) / 1000;
  line.finish(summarize(result, { path, size: file.size, seconds }));
  return result;
}

/** `downloadFile` or one of its kin, of this file. */
export type Begin = (options: {
  sink: DownloadSink;
  link: Link | undefined;
  retry: { retryForMs: number | undefined; onRetry: (retry: { error: Error }) => void };
  signal: AbortSignal;
  onProgress: (progress: DownloadProgress) => void;
}) => Promise<DownloadResult>;

export async function receive(
  { line, path }: { line: TransferLine; path: string },
  { work, begin }: { work: Receiving; begin: Begin },
): Promise<Fetched & { size: number }> {
  const { transfers, retryForMs, signal, link, overwrite } = work;
  const onRetry = ({ error }: { error: Error }): void =>
    transfers.setNotice(`Waiting for the server: ${error.message}`);
  const { size, receivedBytes, resumedBytes, isVerified } = await begin({
    sink: fileSink(path, { overwrite }),
    link,
    retry: { retryForMs, onRetry },
    signal,
    onProgress(progress) {
      if (progress.heldBytes > progress.resumedBytes) transfers.setNotice("");
      showProgress(line, progress);
    },
  });
  return { status: "fetched", size, receivedBytes, resumedBytes, isVerified };
}

async function holdsAlready(
  path: string,
  { file, signal }: { file: FetchableFile; signal: AbortSignal },
): Promise<boolean> {
  const stats = await statOrNull(path);
  const { sha256 } = file.digests;
  if (stats === null || !stats.isFile() || stats.size !== file.size) return false;
  return sha256 !== undefined && (await hashFile(path, { size: stats.size, signal })) === sha256;
}

export async function isFolder(path: string): Promise<boolean> {
  return (await statOrNull(path))?.isDirectory() ?? false;
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
  const doubt = isVerified ? "" : " (not verified: the server has no digest yet)";
  return `${summarizeFetched({ ...done, resumedBytes })}${doubt}`;
}

export function summarizeFetched(done: {
  path: string;
  size: number;
  seconds: number;
  resumedBytes: number;
}): string {
  const { size, seconds, resumedBytes } = done;
  const resumed = resumedBytes > 0 ? `, ${formatBytes(resumedBytes)} of it fetched before` : "";
  return `✓ ${printable(done.path)}  ${formatBytes(size)} in ${formatDuration(seconds)}${resumed}`;
}
