import { withRetry } from "../retry.ts";
import { asRetryable, hasCode } from "../errors.ts";
import type { Client } from "../client.ts";
import type { ByteRange } from "../source.ts";
import type { Upload } from "../wire.ts";
import type { SendJob } from "./send-parts.ts";

/**
 * The lane for links that never carry a whole part: one append at a time from the server's offset.
 * A cut append keeps what arrived, so every attempt moves on. Resolves when nothing is missing.
 */
export async function appendRest(job: Omit<SendJob, "client"> & { client: Client }): Promise<void> {
  const { client, upload, source, budget, tally, signal } = job;
  let heldBytes: number | null = null;
  for (let failures = 0; ;) {
    const now = await withRetry(() => client.getUpload(upload.id, { signal }), { budget, signal });
    const flight = tally.beginFlight();
    if (heldBytes !== null && now.receivedBytes > heldBytes) {
      flight.land(now.receivedBytes - heldBytes);
      budget.noteProgress();
      failures = 0;
    }
    heldBytes = now.receivedBytes;
    const gap = firstGap(now, source.size);
    if (gap === null) return;
    try {
      const body = { byteLength: gap.end - gap.start, content: source.open(gap, signal) };
      const onBodySent = (bytes: number): void => flight.sent(bytes);
      await client.appendUpload({
        uploadId: upload.id,
        offset: gap.start,
        body,
        signal,
        onBodySent,
      });
      flight.lose();
    } catch (error) {
      flight.lose();
      const mayRepeat = hasCode(error, "offset-mismatch", "superseded");
      await budget.waitAfter(mayRepeat ? asRetryable(error) : error, failures, signal);
      await source.checkUnchanged?.();
      failures += 1;
    }
  }
}

/** From the offset (which may lie inside a part) to the next part that is wholly held. */
function firstGap(upload: Upload, size: number): ByteRange | null {
  const missing = new Set(upload.missing ?? []);
  if (missing.size === 0) return null;
  let end = Math.floor(upload.offset / upload.partSize);
  while (missing.has(end)) end += 1;
  return { start: upload.offset, end: Math.min(size, end * upload.partSize) };
}
