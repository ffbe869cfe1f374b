/**
 * Splits a multipart body (RFC 2046 §5.1) into its parts while it arrives, without copying what is in them: data comes out as views of the
 * chunks that came in, each with its own `release`, and a chunk goes back when all of its views have. Memory is bounded by
 * one chunk, one part's head and one delimiter, whatever is sent.
 *
 *   preamble  --B CRLF head CRLF CRLF data  CRLF--B CRLF head CRLF CRLF data  CRLF--B--  epilogue
 *
 * Only CRLF ends a line: a bare LF is data, or a malformed head. The delimiter begins with the one CR it contains, so a
 * chunk's tail that may be its beginning is either that or nothing: what was held back is never searched again.
 */
import type { Chunk } from "../../../core/uploads/byte-source.ts";
import { parsePartHead, type PartHead } from "./part-head.ts";
import { FormRefusal } from "./refusal.ts";

export interface FormLimits {
  readonly maxParts: number;
  readonly maxHeadBytes: number;
  /** What may stand before the first part and after the last. */
  readonly maxPaddingBytes: number;
}

export interface FormParser {
  /** Skips what is left of the current part; undefined after the last, once the body has ended. */
  nextPart(): Promise<PartHead | undefined>;
  /** More of the current part; undefined at its end. */
  read(): Promise<Chunk | undefined>;
  /** Where in the body the next byte of `read` stands. */
  readonly position: number;
  /** Nothing more is asked for: gives back the chunk that is being read. */
  close(): void;
}

export interface ChunkReader {
  /** The next chunk of the body; undefined at its end. */
  shift(): Promise<Chunk | undefined>;
}

const headEnd = Buffer.from("\r\n\r\n");
const dash = 0x2d;

export function createFormParser(
  source: ChunkReader,
  { boundary, limits }: { boundary: string; limits: FormLimits },
): FormParser {
  const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  let window: Buffer = Buffer.alloc(0);
  let memory: SharedChunk | undefined;
  let position = 0;
  /** How much of the delimiter the bytes before `window` are. At the start, its line end counts as seen. */
  let matched = 2;
  let inPart = true;
  let parts = 0;
  let ended = false;

  const consume = (count: number): void => {
    window = window.subarray(count);
    position += count;
  };
  const fill = async (): Promise<boolean> => {
    const chunk = await source.shift();
    if (!chunk) return false;
    memory?.release();
    memory = shareChunk(chunk);
    window = asBuffer(chunk.bytes);
    return true;
  };
  const fillOrRefuse = async (): Promise<void> => {
    if (!(await fill())) throw new FormRefusal(400, "the form ends before its closing boundary");
  };
  /** Joins the window with the next chunk; only heads are read across chunks in one piece. */
  const extend = async (): Promise<void> => {
    const before = Buffer.from(window);
    await fillOrRefuse();
    if (before.length > 0) window = Buffer.concat([before, window]);
  };
  const take = (count: number): Chunk => {
    const bytes = window.subarray(0, count);
    consume(count);
    return memory!.lend(bytes);
  };
  const endPart = (): undefined => {
    matched = 0;
    inPart = false;
  };

  /** Goes on with a delimiter that began in an earlier chunk; a chunk when it proves to be none. */
  const matchOn = (): Chunk | undefined => {
    const count = Math.min(delimiter.length - matched, window.length);
    if (window.compare(delimiter, matched, matched + count, 0, count) !== 0) {
      const bytes = Buffer.from(delimiter.subarray(0, matched));
      matched = 0;
      return { bytes, release: () => undefined };
    }
    matched += count;
    consume(count);
    if (matched === delimiter.length) endPart();
    return undefined;
  };

  const read = async (): Promise<Chunk | undefined> => {
    while (inPart) {
      if (window.length === 0) await fillOrRefuse();
      if (matched > 0) {
        const chunk = matchOn();
        if (chunk) return chunk;
        continue;
      }
      const found = window.indexOf(delimiter);
      if (found === -1) {
        const held = overlap(window, delimiter);
        const chunk = held < window.length ? take(window.length - held) : undefined;
        consume(held);
        matched = held;
        if (chunk) return chunk;
        continue;
      }
      const chunk = found > 0 ? take(found) : undefined;
      consume(delimiter.length);
      endPart();
      return chunk;
    }
    return undefined;
  };

  const skip = async (limitBytes: number): Promise<void> => {
    let bytes = 0;
    for (let chunk = await read(); chunk; chunk = await read()) {
      bytes += chunk.bytes.length;
      chunk.release();
      if (bytes > limitBytes) throw new FormRefusal(413, "more than is accepted outside of parts");
    }
  };

  const readHead = async (): Promise<PartHead | undefined> => {
    while (window.length < 2) await extend();
    if (window[0] === dash && window[1] === dash) return undefined;
    let end = window.indexOf(headEnd);
    while (end === -1) {
      if (window.length > limits.maxHeadBytes)
        throw new FormRefusal(413, "a part's head is too long");
      await extend();
      end = window.indexOf(headEnd);
    }
    if (end > limits.maxHeadBytes) throw new FormRefusal(413, "a part's head is too long");
    const head = withoutPadding(window.subarray(0, end));
    consume(end + headEnd.length);
    return parsePartHead(head);
  };

  /** What stands after the closing delimiter is dropped, but the body must end. */
  const finish = async (): Promise<undefined> => {
    ended = true;
    let bytes = window.length;
    while (bytes <= limits.maxPaddingBytes) {
      if (!(await fill())) return undefined;
      bytes += window.length;
    }
    throw new FormRefusal(413, "more than is accepted after the last part");
  };

  return {
    read,
    get position() {
      return position;
    },
    close() {
      ended = true;
      memory?.release();
      memory = undefined;
    },
    async nextPart() {
      if (ended) return undefined;
      await skip(parts === 0 ? limits.maxPaddingBytes : Number.POSITIVE_INFINITY);
      const head = await readHead();
      if (!head) return finish();
      if (++parts > limits.maxParts) throw new FormRefusal(413, "the form has too many parts");
      inPart = true;
      return head;
    },
  };
}

/** Length of the longest end of `bytes` that `delimiter` begins with, short of all of it. */
function overlap(bytes: Buffer, delimiter: Buffer): number {
  const from = Math.max(0, bytes.length - delimiter.length + 1);
  const start = bytes.lastIndexOf(delimiter[0]!);
  if (start < from) return 0;
  const count = bytes.length - start;
  return bytes.compare(delimiter, 0, count, start) === 0 ? count : 0;
}

/** The delimiter's line may end in blanks (RFC 2046 "transport padding"); the head's lines follow it. */
function withoutPadding(bytes: Buffer): Buffer {
  let at = 0;
  while (bytes[at] === 0x20 || bytes[at] === 0x09) at++;
  if (at === bytes.length) return bytes.subarray(at);
  if (bytes[at] !== 0x0d || bytes[at + 1] !== 0x0a) {
    throw new FormRefusal(400, "a boundary is followed by something else than a line end");
  }
  return bytes.subarray(at + 2);
}

interface SharedChunk {
  lend(bytes: Uint8Array): Chunk;
  /** The parser has read all of it. */
  release(): void;
}

function shareChunk(chunk: Chunk): SharedChunk {
  let users = 1;
  const release = (): void => {
    if (--users === 0) chunk.release();
  };
  return {
    release,
    lend(bytes) {
      users++;
      return { bytes, release };
    },
  };
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
