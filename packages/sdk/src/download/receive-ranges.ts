/**
 * Fetches what is missing of a content in parallel ranges over a shared link. A cut range keeps
 * what arrived and goes on behind it. Held bytes become durable every few seconds.
 */
import { connectionLost, SampanError } from "../errors.ts";
import type { Link, Slot } from "../link.ts";
import type { RetryBudget } from "../retry.ts";
import type { ByteRange } from "../source.ts";
import { readChunks } from "../transport.ts";
import { createCheckpoints, type Checkpoints } from "./checkpoints.ts";
import { countBytes, invertRanges } from "./ranges.ts";
import type { RemoteContent } from "./remote-content.ts";
import type { DownloadSink, HeldContent } from "./sink.ts";

export interface ReceiveJob {
  remote: RemoteContent;
  content: HeldContent;
  sink: DownloadSink;
  link: Link;
  budget: RetryBudget;
  signal?: AbortSignal | undefined;
  onHeld(heldBytes: number): void;
}

const GATHER_BYTES = 1024 ** 2;
/** Near the end the rest is shared out, but not into crumbs. */
const MIN_SHARE_BYTES = 1024 ** 2;

export async function receiveRanges(job: ReceiveJob, held: readonly ByteRange[]): Promise<void> {
  const gaps = invertRanges(held, job.content.size);
  const checkpoints = createCheckpoints(job.sink, held);
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(job.signal === undefined ? [] : [job.signal])]);
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];

  function launch(range: ByteRange, slot: Slot): void {
    const task = receiveRange({ ...job, signal }, { range, slot, checkpoints })
      .catch((error: unknown) => {
        failures.push(error);
        stop.abort(error);
      })
      .finally(() => {
        slot.release();
        running.delete(task);
      });
    running.add(task);
  }

  try {
    while (gaps.length > 0 && !signal.aborted) {
      const slot = await job.link.acquire(signal);
      const range = takeRange(gaps, job.link);
      if (range === null) slot.release();
      else launch(range, slot);
    }
  } catch (error) {
    failures.push(error);
    stop.abort(error);
  }
  await Promise.all(running);
  try {
    await checkpoints.finish();
  } catch (error) {
    failures.push(error);
  }
  if (failures.length > 0) throw failures[0];
  job.signal?.throwIfAborted();
}

function takeRange(gaps: ByteRange[], link: Link): ByteRange | null {
  const gap = gaps[0];
  if (gap === undefined) return null;
  const share = Math.max(MIN_SHARE_BYTES, Math.ceil(countBytes(gaps) / link.concurrency));
  const end = Math.min(gap.end, gap.start + Math.min(share, link.requestBytes));
  const range = { start: gap.start, end };
  if (end === gap.end) gaps.shift();
  else gap.start = end;
  return range;
}

interface RangeWork {
  range: ByteRange;
  slot: Slot;
  checkpoints: Checkpoints;
}

async function receiveRange(job: ReceiveJob, work: RangeWork): Promise<void> {
  const { end } = work.range;
  let { start } = work.range;
  for (let failures = 0; start < end; failures += 1) {
    work.slot.begin();
    const attempt = { start, end };
    try {
      const onWritten = (position: number): void => {
        work.checkpoints.add({ start, end: position });
        start = position;
        job.onHeld(work.checkpoints.heldBytes);
      };
      await receiveOnce(job, attempt, onWritten);
      work.slot.succeed(end - attempt.start);
      job.budget.noteProgress();
    } catch (error) {
      job.signal?.throwIfAborted();
      work.slot.fail();
      if (start > attempt.start) {
        job.budget.noteProgress();
        failures = 0;
      }
      await job.budget.waitAfter(error, failures, job.signal);
    }
  }
}

async function receiveOnce(
  job: ReceiveJob,
  range: ByteRange,
  onWritten: (position: number) => void,
): Promise<void> {
  const { remote, content, sink, signal } = job;
  const asked = { first: range.start, last: range.end - 1 };
  const response = await remote.get({ range: asked, ifRange: content.etag, signal });
  await requireRange(response, range, content);
  let position = range.start;
  let chunks: Uint8Array[] = [];
  let gathered = 0;
  async function write(): Promise<void> {
    if (gathered === 0) return;
    await sink.write(position, chunks);
    position += gathered;
    chunks = [];
    gathered = 0;
    onWritten(position);
  }
  try {
    for await (const chunk of readChunks(response, signal)) {
      if (position + gathered + chunk.byteLength > range.end) throw unexpectedRange(response);
      chunks.push(chunk);
      gathered += chunk.byteLength;
      if (gathered >= GATHER_BYTES) await write();
    }
  } finally {
    await write();
  }
  if (position < range.end) throw connectionLost(new Error("the answer ended early"));
}

/** A whole answer to a ranged question means that `If-Range` did not match: other content. */
async function requireRange(
  response: Response,
  range: ByteRange,
  content: HeldContent,
): Promise<void> {
  const etag = response.headers.get("etag");
  const isSame = etag === null || etag === content.etag;
  const expected = `bytes ${range.start}-${range.end - 1}/${content.size}`;
  if (response.status === 206 && isSame && response.headers.get("content-range") === expected) {
    return;
  }
  await response.body?.cancel();
  if (response.status === 206 && isSame) throw unexpectedRange(response);
  throw new SampanError("The file changed on the server while it was being fetched", {
    code: "content-changed",
    status: response.status,
  });
}

function unexpectedRange(response: Response): SampanError {
  return new SampanError("The server answered with other bytes than were asked for", {
    code: "unexpected-response",
    status: response.status,
  });
}
