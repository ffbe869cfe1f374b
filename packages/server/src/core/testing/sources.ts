/** Bodies as tests send them: from any memory, in any pieces, cut or stalled at any byte. */
import { CoreError } from "../errors.ts";
import { createSlabPool, slabAlignment, slabBytes } from "../blobs/slab-pool.ts";
import type { ByteSource, Chunk } from "../uploads/byte-source.ts";

export interface SourceOptions {
  /** Length the sender declares; default: that of the bytes. */
  readonly declaredLength?: number | null;
  /** Lengths of the pieces, in turn; default: one piece. */
  readonly pieces?: readonly number[];
  /** Shared and aligned as the server's own, or ordinary. */
  readonly memory?: "slab" | "ordinary";
  /** What comes after the bytes. */
  readonly then?: "end" | "cut" | "stall";
}

export interface TestSource extends ByteSource {
  /** Resolves when the consumer has asked for more than the bytes given. */
  readonly drained: Promise<void>;
  /** Ends a stall. */
  goOn(how: "end" | "cut"): void;
  /** Chunks that were handed out and not given back. */
  readonly outstanding: number;
}

/** One for all tests of a file: slabs are shared memory, which is slow to make. */
const pool = createSlabPool({ slabs: 16 });

/** Memory that was given back holds this, so that a use of it after its release shows. */
const scrap = 0xdb;

export function createSource(bytes: Uint8Array, options: SourceOptions = {}): TestSource {
  const { pieces = [slabBytes], memory = "ordinary", then = "end" } = options;
  const declaredLength =
    options.declaredLength === undefined ? bytes.length : options.declaredLength;
  const { promise: drained, resolve: drain } = Promise.withResolvers<void>();
  const { promise: resumed, resolve: goOn } = Promise.withResolvers<"end" | "cut">();
  let outstanding = 0;

  const toChunk = (piece: Uint8Array, position: number): Chunk => {
    outstanding++;
    const room = memory === "slab" ? pool.tryAcquire() : undefined;
    const start = position % slabAlignment;
    const mine = room
      ? room.bytes.subarray(start, start + piece.length)
      : new Uint8Array(piece.length);
    mine.set(piece);
    return {
      bytes: mine,
      release() {
        outstanding--;
        mine.fill(scrap);
        room?.release();
      },
    };
  };

  return {
    declaredLength,
    drained,
    goOn,
    get outstanding() {
      return outstanding;
    },
    async *chunks({ position, signal }) {
      let sent = 0;
      for (let turn = 0; sent < bytes.length; turn++) {
        if (signal.aborted) return drain();
        const wanted = Math.min(
          pieces[turn % pieces.length] ?? slabBytes,
          slabBytes - slabAlignment,
        );
        const piece = bytes.subarray(sent, sent + Math.max(1, wanted));
        const at = position + sent;
        sent += piece.length;
        yield toChunk(piece, at);
      }
      drain();
      const how = then === "stall" ? await Promise.race([resumed, aborted(signal)]) : then;
      if (how === "cut") throw new CoreError("body-cut", { receivedBytes: sent });
    },
  };
}

function aborted(signal: AbortSignal): Promise<"end"> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve("end");
    else signal.addEventListener("abort", () => resolve("end"), { once: true });
  });
}

/** Bytes that look random and are the same each time. */
export function contentOf(seed: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let state = (seed * 0x9e3779b1 + 0x7f4a7c15) >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
