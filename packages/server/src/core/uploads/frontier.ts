/**
 * The whole-content hash of one upload, following the bytes as they arrive.
 *
 *   0 ──── marked ──── queued ────────── offset ─ ─ ─ held ─ ─
 *
 * Bytes that arrive exactly at `queued` are hashed from memory while they are written; some that arrive a little before their turn are
 * kept for it (parked.ts). Whatever was passed over (parts out of order, bytes from before a restart) is read back from the staging file once it is held. Bytes may be hashed that are then not
 * recorded (a cut, a refused digest): `rewind` goes back to `marked`, which never passes what is recorded.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ContentHasher, HashStream } from "../blobs/content-hasher.ts";
import type { DigestAlgorithm, Digests } from "../blobs/digest.ts";
import { createMemoryBudget, type MemoryBudget } from "../blobs/memory-budget.ts";
import { asError } from "../errors.ts";
import { createParked, patienceMs, type Piece } from "./parked.ts";

export interface Frontier {
  /**
   * Hashes the bytes if they are next, or keeps them until they are, and resolves when their memory is free again; undefined if they are
   * neither hashed nor kept.
   */
  offer(piece: Piece): Promise<void> | undefined;
  /** Where the next byte to be hashed stands. */
  readonly queued: number;
  /** Whether a writer that began at `start` and has come to `position` should wait for its writes and then `join`. */
  isReached(writer: { start: number; position: number }): boolean;
  /** Bytes `[queued, end)` are written, though not recorded yet: catch up with them from the file. */
  join(end: number): void;
  /**
   * Called before a chunk at `position` is written, of a body that began at `start`. Hashing is the one thing that cannot run in parallel,
   * and bytes that run ahead of it must be kept or read again. So while a fast sender delivers what is next, the others wait unless there is memory
   * to keep theirs in; and while the hash is far behind what is held, all do, so that completion finds little left to hash. A slow sender
   * holds nobody up, and no chunk waits long.
   */
  pace(at: { position: number; start: number }): Promise<void>;
  /** Bytes up to `offset` are held: catch up with them, unless they were hashed from memory. */
  advance(offset: number): void;
  /** A writer ended without recording all that it had hashed: go back to `marked`. Others lose only time. */
  rewind(): void;
  /** Digests of bytes `[0, size)`, all of which are held and still. */
  digest(size: number): Promise<Digests>;
  close(): void;
}

/** A sender that is next and delivered this recently is fast: the others leave it the disk and the processor. */
const fastMs = 5;
/** But no chunk waits longer than this, so that nobody stands still. What slips by so must be read again: at 100 ms, an eighth of a fast upload. */
const maxWaitMs = 500;
/** Hashed in some 7 ms: what a completion may find left to do. */
const maxLagBytes = 8 * 1024 * 1024;
/** Read back in pieces, so that progress shows. */
const catchUpBytes = 4 * 1024 * 1024;
/** For whoever waits that a sender is no longer fast, which no event tells. */
const lookAgainMs = fastMs;
/**
 * Hashing begins when so much has come, or all of it at once: a thousand slow senders of little then need neither a hash state nor a message
 * to a thread for each of their chunks. What was passed over is read back, from the page cache.
 */
const defaultStartBytes = 256 * 1024;

export function openFrontier({
  hasher,
  algorithms,
  path,
  size,
  startBytes = defaultStartBytes,
  memory = createMemoryBudget(0),
}: {
  hasher: ContentHasher;
  algorithms: readonly DigestAlgorithm[];
  path: string;
  /** Of the whole content, where it is known. */
  size: number | null;
  startBytes?: number;
  /** For bytes that wait for their turn. */
  memory?: MemoryBudget;
}): Frontier {
  let opened: HashStream | undefined;
  const stream = (): HashStream => (opened ??= hasher.open({ algorithms, path }));
  let queued = 0;
  let marked = 0;
  let hashed = 0;
  /** Work begun before a rewind says nothing of progress after it. */
  let run = 0;
  let offeredAt = -Infinity;
  /** Resolved at the next progress of the hash, when somebody waits for it. */
  let progress: PromiseWithResolvers<void> | undefined;
  let failure: Error | undefined;
  /** The upload has ended; a writer that was fenced at the last moment may still be on its way here. */
  let closed = false;
  const parked = createParked(memory);

  /** Too little yet to begin with. */
  const isEarly = (end: number): boolean => queued === 0 && end < startBytes;
  const catchUp = (end: number): void => {
    if (closed || end <= queued) return;
    // A read that fails is reported by `digest`, which everything that needs the result awaits.
    for (let start = queued; start < end; start += catchUpBytes) {
      const piece = { start, end: Math.min(end, start + catchUpBytes) };
      track(stream().appendFromFile(piece), piece.end).catch((error: unknown) => {
        failure ??= asError(error);
      });
    }
    queued = end;
    followParked();
  };
  const hashNext = (bytes: Uint8Array): Promise<void> => {
    queued += bytes.length;
    return track(stream().append(bytes), queued);
  };
  const followParked = (): void => void parked.follow(queued, hashNext);
  /** Somebody delivers what is next, and did so just now. */
  const isFast = (): boolean => performance.now() - offeredAt <= fastMs;
  const track = async (work: Promise<void>, end: number): Promise<void> => {
    const begun = run;
    await work;
    if (run === begun) hashed = end;
    wake();
  };
  const wake = (): void => {
    progress?.resolve();
    progress = undefined;
  };
  const nextProgress = (): Promise<void> => {
    progress ??= Promise.withResolvers<void>();
    return Promise.race([progress.promise, sleep(lookAgainMs)]);
  };
  const rewind = (): void => {
    parked.giveUp();
    if (closed || queued === marked) return;
    stream().rewind();
    queued = marked;
    hashed = marked;
    run++;
  };

  return {
    offer(piece) {
      const { bytes, position } = piece;
      if (closed) return undefined;
      if (position !== queued) {
        const isSoon = position > queued && performance.now() - offeredAt <= patienceMs;
        return isSoon ? parked.keep(piece) : undefined;
      }
      if (isEarly(bytes.length) && bytes.length !== size) return undefined;
      offeredAt = performance.now();
      const hashed = hashNext(bytes);
      followParked();
      wake();
      return hashed;
    },
    get queued() {
      return queued;
    },
    isReached: ({ start, position }) => queued >= start && queued < position && !isEarly(position),
    join: catchUp,
    async pace(at) {
      const until = performance.now() + maxWaitMs;
      for (;;) {
        const isBehind = queued - hashed > maxLagBytes;
        const mayGo = at.position <= queued || !isFast() || parked.canKeep(at);
        if ((mayGo && !isBehind) || performance.now() > until) return;
        await nextProgress();
      }
    },
    advance(offset) {
      if (isEarly(offset)) return;
      catchUp(offset);
      if (closed || queued !== offset || marked === offset) return;
      marked = offset;
      stream().mark();
    },
    rewind,
    async digest(size) {
      // A writer that was fenced at the last moment may have hashed past the end.
      if (queued > size) rewind();
      catchUp(size);
      const digests = await stream().digest();
      if (failure) throw failure;
      return digests;
    },
    close() {
      closed = true;
      parked.giveUp();
      wake();
      opened?.close();
    },
  };
}
