/**
 * The CRC-32 of contents that none is recorded for. A reader of an archive's end needs that of every file before it, also of those that
 * it does not ask for; parallel readers need the same ones, so they share the work, which ends when the last of them goes away.
 */
import { crc32 } from "node:zlib";
import type { ReadContent } from "../blobs/content.ts";

/** Throws `MissingBytes`, and the signal's reason once it is aborted. */
export type ComputeCrc = (
  content: { blobId: string; size: number },
  signal: AbortSignal,
) => Promise<number>;

interface Work {
  readonly result: Promise<number>;
  readonly abort: AbortController;
  waiting: number;
}

export function createComputeCrc({ readContent }: { readContent: ReadContent }): ComputeCrc {
  const running = new Map<string, Work>();

  const read = async (
    { blobId, size }: { blobId: string; size: number },
    signal: AbortSignal,
  ): Promise<number> => {
    let crc = 0;
    if (size === 0) return crc;
    for await (const bytes of readContent(blobId, { start: 0, end: size })) {
      signal.throwIfAborted();
      crc = crc32(bytes, crc);
    }
    return crc;
  };

  const begin = (content: { blobId: string; size: number }): Work => {
    const abort = new AbortController();
    const result = read(content, abort.signal).finally(() => running.delete(content.blobId));
    // Whoever waits is told; when nobody does any more, it has been aborted.
    result.catch(() => undefined);
    const work = { result, abort, waiting: 0 };
    running.set(content.blobId, work);
    return work;
  };

  return async (content, signal) => {
    signal.throwIfAborted();
    const known = running.get(content.blobId);
    const work = known && !known.abort.signal.aborted ? known : begin(content);
    work.waiting++;
    const { promise: left, reject: leave } = Promise.withResolvers<never>();
    const onAbort = (): void => leave(signal.reason as Error);
    signal.addEventListener("abort", onAbort);
    try {
      return await Promise.race([work.result, left]);
    } finally {
      signal.removeEventListener("abort", onAbort);
      if (--work.waiting === 0) work.abort.abort();
    }
  };
}
