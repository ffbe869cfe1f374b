/** Hands chunks from a producer that is pushed (a socket) to a consumer that pulls. One of each. */
import type { Chunk } from "../../core/uploads/byte-source.ts";

export interface ChunkQueue {
  push(chunk: Chunk): void;
  end(): void;
  fail(error: Error): void;
  /** The next chunk; undefined at the end. Throws what `fail` was given, after the chunks before it. */
  shift(): Promise<Chunk | undefined>;
  /** Releases what was not consumed and ends. */
  dispose(): void;
  readonly queuedBytes: number;
  readonly closed: boolean;
}

export function createChunkQueue({ onShift }: { onShift: () => void }): ChunkQueue {
  const chunks: Chunk[] = [];
  let queuedBytes = 0;
  let closing: { error?: Error } | undefined;
  let waiting: PromiseWithResolvers<Chunk | undefined> | undefined;

  const close = (how: { error?: Error }): void => {
    if (closing) return;
    closing = how;
    if (!waiting) return;
    if (how.error) waiting.reject(how.error);
    else waiting.resolve(undefined);
    waiting = undefined;
  };

  return {
    get queuedBytes() {
      return queuedBytes;
    },
    get closed() {
      return closing !== undefined;
    },
    push(chunk) {
      if (closing) {
        chunk.release();
        return;
      }
      if (waiting) {
        waiting.resolve(chunk);
        waiting = undefined;
        return;
      }
      chunks.push(chunk);
      queuedBytes += chunk.bytes.length;
    },
    end: () => close({}),
    fail: (error) => close({ error }),
    async shift() {
      const chunk = chunks.shift();
      if (chunk) {
        queuedBytes -= chunk.bytes.length;
        onShift();
        return chunk;
      }
      if (closing) {
        if (closing.error) throw closing.error;
        return undefined;
      }
      waiting = Promise.withResolvers();
      const promise = waiting.promise;
      onShift();
      return promise;
    },
    dispose() {
      close({});
      for (const chunk of chunks.splice(0)) chunk.release();
      queuedBytes = 0;
    },
  };
}
