/**
 * The whole-content hash of one upload, following the bytes as they arrive.
 *
 *   0 ──── marked ──── queued ────────── offset ─ ─ ─ held ─ ─
 *
 * Bytes that arrive exactly at `queued` are hashed from memory while they are written. Whatever was passed over (parts out of order,
 * bytes from before a restart) is read back from the staging file once it is held. Bytes may be hashed that are then not
 * recorded (a cut, a refused digest): `settle` goes back to `marked`, which never passes what is recorded.
 */
import type { ContentHasher, HashStream } from "../blobs/content-hasher.ts";
import type { DigestAlgorithm, Digests } from "../blobs/digest.ts";

export interface Frontier {
  /** Hashes the bytes if they are next; resolves when their memory is free again. */
  offer(bytes: Uint8Array, position: number): Promise<void>;
  /** Bytes up to `offset` are held: catch up with them, unless a writer is delivering them from memory. */
  advance(offset: number): void;
  /** A writer ended: forget what was hashed past `offset`. */
  settle(offset: number): void;
  /** Digests of bytes `[0, size)`, all of which are held and still. */
  digest(size: number): Promise<Digests>;
  close(): void;
}

export function openFrontier({
  hasher,
  algorithms,
  path,
}: {
  hasher: ContentHasher;
  algorithms: readonly DigestAlgorithm[];
  path: string;
}): Frontier {
  const stream: HashStream = hasher.open({ algorithms, path });
  let queued = 0;
  let marked = 0;
  let failure: unknown;

  const catchUp = (end: number): void => {
    if (end <= queued) return;
    const start = queued;
    queued = end;
    // A read that fails is reported by `digest`, which everything that needs the result awaits.
    stream.appendFromFile({ start, end }).catch((error: unknown) => {
      failure ??= error;
    });
  };
  const mark = (): void => {
    marked = queued;
    stream.mark();
  };

  return {
    async offer(bytes, position) {
      if (position !== queued) return;
      queued += bytes.length;
      await stream.append(bytes);
    },
    advance(offset) {
      catchUp(offset);
      if (queued === offset && marked < offset) mark();
    },
    settle(offset) {
      if (queued > offset) {
        stream.rewind();
        queued = marked;
      }
      catchUp(offset);
      if (marked < offset) mark();
    },
    async digest(size) {
      catchUp(size);
      const digests = await stream.digest();
      if (failure !== undefined) throw failure;
      return digests;
    },
    close: () => stream.close(),
  };
}
