/** A response's body as the engine takes it: gathered, because a file write a network packet would cost the disk dearly. */
import type { Readable } from "node:stream";
import { CoreError } from "../../core/errors.ts";
import type { ByteSource, Chunk } from "../../core/uploads/byte-source.ts";

const gatherBytes = 1024 * 1024;
/** Bytes of a slow sender are not kept waiting for more. */
const gatherMs = 250;

/**
 * Throws `body-cut` when the connection ends early, `signal` aborts, or a limit on time runs out: what has arrived is yielded first, and so
 * kept. `onReceived` hears of every byte that arrives.
 */
export function createRemoteSource(
  body: Readable,
  {
    declaredLength,
    signal,
    onReceived = () => undefined,
  }: { declaredLength: number | null; signal: AbortSignal; onReceived?: (bytes: number) => void },
): ByteSource {
  return {
    declaredLength,
    async *chunks({ signal: stop }) {
      const end = (): void => void body.destroy();
      stop.addEventListener("abort", end, { once: true });
      if (stop.aborted) end();
      let gathered: Buffer[] = [];
      let length = 0;
      let since = performance.now();
      let received = 0;
      const take = (): Chunk => {
        const bytes = gathered.length === 1 ? gathered[0]! : Buffer.concat(gathered, length);
        gathered = [];
        length = 0;
        return { bytes, release: () => undefined };
      };
      let failure: unknown;
      try {
        for await (const piece of body as AsyncIterable<Buffer>) {
          if (length === 0) since = performance.now();
          gathered.push(piece);
          length += piece.length;
          received += piece.length;
          onReceived(piece.length);
          if (length >= gatherBytes || performance.now() - since >= gatherMs) yield take();
        }
      } catch (error) {
        failure = error ?? new Error("the body ended early");
      } finally {
        stop.removeEventListener("abort", end);
      }
      // Whoever took over must not find this writer going on.
      if (stop.aborted) return;
      if (length > 0) yield take();
      const isShort = declaredLength !== null && received < declaredLength;
      if (failure !== undefined || isShort || signal.aborted)
        throw new CoreError("body-cut", { receivedBytes: received }, { cause: failure });
    },
  };
}
