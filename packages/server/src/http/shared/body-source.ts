/**
 * A request's body as a `ByteSource`. Every body begins in the stream lane; a long one from a fast sender moves to the slab lane.
 *
 *   stream lane   Node's parser hands out pieces of at most 64 KiB; they are gathered in ordinary memory. A slow
 *                 sender stays here: it holds a few bytes, never a slab, so a thousand of them cost little.
 *   slab lane     the kernel fills a slab straight from the socket (socket-slabs.ts): no copy, a tenth of the calls.
 *                 Where that cannot be (TLS, chunked coding, HTTP/2), the stream lane gathers into slabs instead.
 */
import type { IncomingMessage } from "node:http";
import { slabAlignment, type Slab, type SlabPool } from "../../core/blobs/slab-pool.ts";
import { CoreError } from "../../core/errors.ts";
import type { ByteSource, Chunk } from "../../core/uploads/byte-source.ts";
import { closeAfterResponse, wantBody } from "./exchange.ts";
import { createChunkQueue, type ChunkQueue } from "./chunk-queue.ts";
import { watchRate, type RateLimits } from "./minimum-rate.ts";
import { takeSocket, type TakenSocket } from "./socket-slabs.ts";
import { whileAllowed } from "./still-allowed.ts";

/** Gathered in ordinary memory before a chunk is made of it. */
const gatherBytes = 256 * 1024;
const gatherMs = 1_000;
/** A sender is fast that fills a gather before its time runs out, or this much of it in so little time: what a body has in ordinary memory, the garbage collector pays for. */
const fastBytes = 64 * 1024;
const fastMs = 50;
/** Bodies with less than this to come are not worth the other lane. */
const slabLaneFromBytes = 1024 * 1024;
/** Chunks waiting for the consumer beyond which the socket is not read. */
const maxQueuedBytes = 2 * 1024 * 1024;

export interface BodyOptions {
  readonly pool: SlabPool;
  readonly rate: RateLimits;
  /** False keeps every body in the stream lane (tests compare both). */
  readonly takeSockets: boolean;
}

export function createBodySource(request: IncomingMessage, options: BodyOptions): ByteSource {
  const declaredLength = declaredLengthOf(request);
  return {
    declaredLength,
    async *chunks({ position, signal }) {
      const body = openBody(request, { ...options, position: () => position });
      const onAbort = () => body.queue.dispose();
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        if (signal.aborted) return;
        for (let chunk = await body.queue.shift(); chunk; chunk = await body.queue.shift())
          yield chunk;
      } finally {
        signal.removeEventListener("abort", onAbort);
        body.stop();
      }
    },
  };
}

function declaredLengthOf({ headers }: IncomingMessage): number | null {
  const header = headers["content-length"];
  return header === undefined ? null : Number(header);
}

const stopped = Symbol("stopped");

export interface OpenBody {
  readonly queue: Pick<ChunkQueue, "shift" | "dispose">;
  /** No more bytes are wanted. */
  stop(): void;
}

/**
 * A body that is read at once, by whoever must see its beginning to know where the rest goes: `position` is where its first byte would
 * stand in the file. As long as that is undefined, no more is read than is asked for: what came would lie in memory in the wrong place.
 */
export function openBody(
  request: IncomingMessage,
  { pool, rate, takeSockets, position }: BodyOptions & { position: () => number | undefined },
): OpenBody {
  const declaredLength = declaredLengthOf(request);
  const abort = new AbortController();
  const gather = createGather(pool);
  let received = 0;
  let taken: TakenSocket | undefined;
  let timer: NodeJS.Timeout | undefined;
  let switching = false;

  const queue = createChunkQueue({
    onShift() {
      taken?.resume();
      if (!taken && request.isPaused() && queue.queuedBytes < maxQueuedBytes && !queue.closed)
        request.resume();
    },
  });
  const monitor = watchRate(rate, {
    isReading: () => (taken ? taken.reading : !request.isPaused()),
    onTooSlow: () =>
      fail(new CoreError("body-too-slow", { minBytesPerSecond: rate.minBytesPerSecond })),
  });

  const stopAsking = whileAllowed(request, fail);

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const chunk = gather.take();
    if (chunk) queue.push(chunk);
  };
  const detach = (): void => {
    monitor.stop();
    stopAsking();
    clearTimeout(timer);
    request.off("data", onData).off("end", onEnd).off("close", onClose).off("error", onClose);
  };
  const finish = (): void => {
    flush();
    queue.end();
    detach();
  };
  function fail(error: Error): void {
    flush();
    queue.fail(error);
    detach();
  }

  function onData(piece: Buffer): void {
    received += piece.length;
    monitor.count(piece.length);
    const start = position();
    gather.add(piece, start === undefined ? undefined : start + received - piece.length);
    if (gather.fast && start !== undefined) trySwitch(start);
    if (gather.full || (gather.fast && start === undefined)) flush();
    else timer ??= setTimeout(flush, gatherMs);
    if (queue.queuedBytes >= (start === undefined ? 1 : maxQueuedBytes)) request.pause();
  }
  function onEnd(): void {
    finish();
  }
  function onClose(): void {
    if (!taken) fail(new CoreError("body-cut", { receivedBytes: received }));
  }

  /** The parser must have given out all of what it has read: hence the next tick, and only from a flowing stream. */
  function trySwitch(start: number): void {
    if (
      !takeSockets ||
      switching ||
      declaredLength === null ||
      declaredLength - received < slabLaneFromBytes
    )
      return;
    switching = true;
    process.nextTick(() => {
      if (queue.closed || request.isPaused() || request.readableLength > 0) {
        switching = false;
        return;
      }
      const before = received;
      taken = takeSocket(request, {
        pool,
        queue,
        maxQueuedBytes,
        remaining: declaredLength - before,
        position: start + before,
        signal: abort.signal,
        onBytes: (count) => monitor.count(count),
        onDone: finish,
        onCut: (count) => fail(new CoreError("body-cut", { receivedBytes: before + count })),
      });
      if (!taken) return;
      closeAfterResponse(request);
      flush();
    });
  }

  wantBody(request);
  request.on("data", onData).on("end", onEnd).on("close", onClose).on("error", onClose);
  if (request.readableEnded) finish();
  else if (request.destroyed) onClose();
  return {
    queue,
    stop() {
      detach();
      // With a reason of our own: the default one is an exception with a stack, made for every request.
      abort.abort(stopped);
      gather.discard();
      queue.dispose();
      // Whatever is left of the body is read and dropped by the server, or cut with the connection.
      if (!taken) request.resume();
    },
  };
}

interface Gather {
  /** `position` in the file, where it is known. */
  add(piece: Buffer, position: number | undefined): void;
  take(): Chunk | undefined;
  discard(): void;
  readonly full: boolean;
  readonly fast: boolean;
}

/** Pieces side by side: in ordinary memory at first, in slabs once the sender has proved to be fast. */
function createGather(pool: SlabPool): Gather {
  let pieces: Buffer[] = [];
  let bytes = 0;
  let fast = false;
  let beganAt = 0;
  let slab: Slab | undefined;
  let slabStart = 0;

  const take = (): Chunk | undefined => {
    if (bytes === 0) return undefined;
    const length = bytes;
    bytes = 0;
    if (slab) {
      const mine = slab;
      slab = undefined;
      return { bytes: mine.bytes.subarray(slabStart, slabStart + length), release: mine.release };
    }
    const whole = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, length);
    pieces = [];
    return { bytes: whole, release: () => undefined };
  };

  return {
    get full() {
      return slab ? slabStart + bytes > slab.bytes.length - 65_536 : bytes >= gatherBytes;
    },
    get fast() {
      return fast;
    },
    add(piece, position) {
      if (bytes === 0) beganAt = performance.now();
      if (fast && bytes === 0 && position !== undefined) {
        slab = pool.tryAcquire();
        slabStart = position % slabAlignment;
      }
      if (slab) slab.bytes.set(piece, slabStart + bytes);
      else pieces.push(piece);
      bytes += piece.length;
      fast ||=
        bytes >= gatherBytes || (bytes >= fastBytes && performance.now() - beganAt <= fastMs);
    },
    take,
    discard: () => take()?.release(),
  };
}
