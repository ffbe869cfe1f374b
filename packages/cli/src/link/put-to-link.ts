/**
 * `put` by a link that asks for files. Each is hashed before, so that the server keeps no file that arrived otherwise, and sent in one request. That
 * is not repeated after a lost answer: the file may be there, and would be there twice. What was refused before it began is.
 */
import {
  createRetryBudget,
  hasCode,
  isRetryable,
  SampanError,
  withRetry,
  type UploadSource,
  type Visitor,
} from "@sampan/sdk";
import { fileSource } from "@sampan/sdk/node";
import { describeError, explain } from "../explain.ts";
import { complain, printJson, type Output } from "../output.ts";
import { formatBytes, formatDuration, printable } from "../terminal/format.ts";
import { openTransfers, type TransferLine, type Transfers } from "../terminal/transfers.ts";
import { enterLink, type Entering } from "./enter-link.ts";

/** A path, and why it cannot be sent. */
export interface LinkCandidate {
  readonly path: string;
  readonly folders: string;
  readonly size: number;
  readonly refusal: Error | null;
}

export interface PuttingToLink extends Entering {
  readonly candidates: readonly LinkCandidate[];
  readonly isJson: boolean;
  readonly output: Output;
  readonly retryForMs: number;
}

/** Whether all have been taken. One after the other: a small limit is used up by whole files then. */
export async function putToLink(text: string, putting: PuttingToLink): Promise<boolean> {
  const { candidates, isJson, output, signal } = putting;
  const { visitor, link, kept } = await enterLink(text, putting);
  if (link?.kind !== "request")
    throw new SampanError("this link takes no files: sampan get LINK fetches what it shares", {
      code: "not-a-request",
    });
  const totalBytes = candidates.reduce((sum, { size }) => sum + size, 0);
  const totals = { totalFiles: candidates.length, totalBytes };
  const transfers = openTransfers(output.err, { isWanted: !isJson, ...totals });
  let isDone = true;
  try {
    for (const candidate of candidates) {
      signal.throwIfAborted();
      isDone = (await putOne(candidate, { ...putting, visitor, transfers })) && isDone;
    }
  } finally {
    transfers.close();
  }
  if (isDone) await kept.forget();
  return isDone;
}

interface Work extends PuttingToLink {
  readonly visitor: Visitor;
  readonly transfers: Transfers;
}

async function putOne({ path, folders, size, refusal }: LinkCandidate, work: Work) {
  const { transfers, isJson, output, signal } = work;
  const startedAtMs = performance.now();
  const line = transfers.begin(path, size);
  try {
    if (refusal !== null) throw refusal;
    if (folders !== "")
      throw new SampanError("such a link takes single files; put the folder into one, as a zip", {
        code: "not-a-file",
      });
    const source = await fileSource(path);
    const taken = await bring(source, { ...work, line });
    const seconds = (performance.now() - startedAtMs) / 1000;
    line.finish(`✓ ${printable(path)}  ${formatBytes(size)} in ${formatDuration(seconds)}`);
    if (isJson) printJson(output, { path, status: "stored", ...taken });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    const complaint = `${printable(path)}: ${explain(error)}`;
    line.finish(`✗ ${complaint}`);
    if (isJson) printJson(output, { path, status: "failed", error: describeError(error) });
    else if (!transfers.isLive) complain(output, complaint);
    return false;
  }
}

async function bring(
  source: UploadSource,
  { visitor, line, transfers, retryForMs, signal }: Work & { line: TransferLine },
) {
  const { name, size, mediaType } = source;
  let movedBytes = 0;
  const show = (note?: string): void => line.update({ movedBytes, resumedBytes: 0, note });
  const onProgress = (bytes: number): void =>
    show(`hashing ${Math.floor((bytes / Math.max(1, size)) * 100)}%`);
  const sha256 = await source.sha256?.({ signal, onProgress });
  const send = async () => {
    movedBytes = 0;
    const body = { byteLength: size, content: source.open({ start: 0, end: size }, signal) };
    const onBodySent = (bytes: number): void => {
      transfers.setNotice("");
      movedBytes += bytes;
      show(movedBytes >= size ? "verifying" : undefined);
    };
    return await visitor.bringFile({ name, body, mediaType, sha256, signal, onBodySent });
  };
  const budget = createRetryBudget({
    retryForMs,
    onRetry: ({ error }) => transfers.setNotice(`Waiting for the server: ${error.message}`),
  });
  const attempt = async () => {
    try {
      return await send();
    } catch (error) {
      // The digest did not fit: most likely somebody has written to it since it was hashed.
      if (hasCode(error, "digest-mismatch")) await source.checkUnchanged?.();
      const mayBeThere = isRetryable(error) && !tookNothing(error, { movedBytes, size });
      throw mayBeThere ? unsure(error) : error;
    }
  };
  return await withRetry(attempt, { budget, signal });
}

/** It said so, or it never had all of it. */
function tookNothing(
  { status }: SampanError,
  { movedBytes, size }: { movedBytes: number; size: number },
): boolean {
  return status === 0 ? movedBytes < size : status === 408 || status === 429 || status === 503;
}

function unsure(cause: SampanError): SampanError {
  const { code, status } = cause;
  const message = `${cause.message}; whether it has arrived is not known, and this is not repeated by itself`;
  return new SampanError(message, { code, status, cause });
}
