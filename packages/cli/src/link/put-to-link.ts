/** `put` by a link that asks for files. What it has sent of a file is kept, and the same put continues it: the state of the visit says where. */
import {
  createLink,
  isRetryable,
  SampanError,
  uploadToLink,
  type Link,
  type Visitor,
} from "@sampan/sdk";
import { fileSource } from "@sampan/sdk/node";
import { describeError, explain } from "../explain.ts";
import { complain, printJson, type Output } from "../output.ts";
import { describePhase, summarizeSent } from "../describe-upload.ts";
import { printable } from "../terminal/format.ts";
import { openTransfers, type Transfers } from "../terminal/transfers.ts";
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
  const line = createLink();
  let isDone = true;
  try {
    for (const candidate of candidates) {
      signal.throwIfAborted();
      isDone = (await putOne(candidate, { ...putting, visitor, transfers, line })) && isDone;
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
  readonly line: Link;
}

async function putOne({ path, folders, size, refusal }: LinkCandidate, work: Work) {
  const { visitor, transfers, retryForMs, isJson, output, signal } = work;
  const startedAtMs = performance.now();
  const line = transfers.begin(path, size);
  try {
    if (refusal !== null) throw refusal;
    if (folders !== "")
      throw new SampanError("such a link takes single files; put the folder into one, as a zip", {
        code: "not-a-file",
      });
    const onRetry = ({ error }: { error: Error }): void =>
      transfers.setNotice(`Waiting for the server: ${error.message}`);
    const taken = await uploadToLink(await fileSource(path), {
      visitor,
      link: work.line,
      retry: { retryForMs, onRetry },
      signal,
      onProgress(progress) {
        if (progress.movedBytes > progress.resumedBytes) transfers.setNotice("");
        line.update({ ...progress, note: describePhase(progress) });
      },
    });
    const seconds = (performance.now() - startedAtMs) / 1000;
    line.finish(summarizeSent({ path, size, seconds, resumedBytes: taken.resumedBytes }));
    if (isJson) printJson(output, { path, status: "stored", ...taken });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    const reason = isRetryable(error) ? `gave up: ${explain(error)}` : explain(error);
    const complaint = `${printable(path)}: ${reason}`;
    line.finish(`✗ ${complaint}`);
    if (isJson) printJson(output, { path, status: "failed", error: describeError(error) });
    else if (!transfers.isLive) complain(output, complaint);
    return false;
  }
}
