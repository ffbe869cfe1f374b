/**
 * The port of hashing off the event loop. One `HashStream` follows one upload's bytes in order.
 * Bytes may come from shared memory (no copy), from ordinary memory, or be read from the staging file.
 */
import type { DigestAlgorithm, Digests } from "./digest.ts";

export interface ContentHasher {
  /** `path` is where the stream reads bytes it was not handed. */
  open(input: { algorithms: readonly DigestAlgorithm[]; path: string | null }): HashStream;
}

export interface HashStream {
  /** Appends bytes; resolves when the memory may be used again. Calls are processed in order. */
  append(bytes: Uint8Array): Promise<void>;
  /** Appends `[start, end)` of the file at `path`. */
  appendFromFile(range: { start: number; end: number }): Promise<void>;
  /** Remembers this point, after all earlier appends. */
  mark(): void;
  /** Goes back to the last mark (or the start). */
  rewind(): void;
  /** The digests of all appended so far; the stream goes on. */
  digest(): Promise<Digests>;
  close(): void;
}
