/**
 * Who is writing to which upload right now, in this process.
 *
 * A newer request for the same bytes takes over at once: the older one is aborted, its memory and its writes in flight settle (they are
 * bounded by the disk, never by its client), and only then does the newer begin. The epoch is raised in the database too, so a
 * writer in another process is fenced as well. Writers of other parts go on undisturbed.
 */
import type { BlobStore } from "../blobs/blob-store.ts";
import type { ContentHasher } from "../blobs/content-hasher.ts";
import type { DigestAlgorithm } from "../blobs/digest.ts";
import { createMemoryBudget } from "../blobs/memory-budget.ts";
import { CoreError } from "../errors.ts";
import { openFrontier, type Frontier } from "./frontier.ts";
import type { Range, Upload } from "./upload.ts";

/** What this process keeps of an upload between requests. */
export interface LiveUpload {
  epoch: number;
  /** Set while the epoch is being raised in the database; who records waits for it, or would be fenced without being in anybody's way. */
  raising: Promise<void> | undefined;
  readonly frontier: Frontier;
}

export interface Claim {
  readonly live: LiveUpload;
  /** Aborts when a newer writer takes over, or the upload is paused, completed or aborted. */
  readonly signal: AbortSignal;
  /** True when an older writer had to give way. */
  readonly tookOver: boolean;
  release(): void;
}

export interface ActiveUploads {
  claim(upload: Upload, range: Range): Promise<Claim>;
  /** The live state, without a claim on bytes. */
  enter(upload: Upload): LiveUpload;
  /**
   * Aborts every writer and waits until they have settled. With `keepBytes` they record what has arrived first; `because` is what their
   * senders are told.
   */
  interrupt(id: string, options?: { keepBytes?: boolean; because?: CoreError }): Promise<void>;
  /** The upload has ended or its bytes were dropped: forget all. */
  forget(id: string): void;
  /** Interrupts every writer of every upload, keeping bytes: for shutdown. */
  interruptAll(): Promise<void>;
  /** Number of writers at work. */
  readonly writers: number;
}

interface Writer {
  readonly range: Range;
  readonly controller: AbortController;
  readonly settled: Promise<void>;
}

interface Entry extends LiveUpload {
  readonly writers: Set<Writer>;
}

/** The reason of an abort after which the writer records what has arrived (pause, shutdown). */
export const keepBytes = Symbol("keep bytes");

/** Live states kept though idle; a dropped one costs re-reading what was received when the upload goes on. */
const maxIdleEntries = 2048;
/** Of bytes that wait for their turn with the hash, in all uploads together: less than half of the slabs there are. */
const parkedBytes = 20 * 1024 * 1024;

export function createActiveUploads({
  hasher,
  blobs,
  hashFromBytes,
}: {
  hasher: ContentHasher;
  blobs: BlobStore;
  /** Less than this of an upload is not hashed before it is completed; default: as the frontier thinks best. */
  hashFromBytes?: number;
}): ActiveUploads {
  const entries = new Map<string, Entry>();
  const memory = createMemoryBudget(parkedBytes);
  let writers = 0;

  const enter = (upload: Upload): Entry => {
    const found = entries.get(upload.id);
    // Re-inserted so that the map's order is the order of use.
    entries.delete(upload.id);
    const entry = found ?? openEntry(upload);
    entry.epoch = Math.max(entry.epoch, upload.epoch);
    entries.set(upload.id, entry);
    if (entries.size > maxIdleEntries) evictIdle(entry);
    return entry;
  };

  const openEntry = (upload: Upload): Entry => {
    const algorithms = new Set<DigestAlgorithm>([
      "sha256",
      ...(Object.keys(upload.claimed) as DigestAlgorithm[]),
    ]);
    const frontier = openFrontier({
      hasher,
      algorithms: [...algorithms],
      path: blobs.stagingPath(upload.id),
      size: upload.size,
      memory,
      ...(hashFromBytes === undefined ? {} : { startBytes: hashFromBytes }),
    });
    return { epoch: upload.epoch, raising: undefined, frontier, writers: new Set() };
  };

  const evictIdle = (entered: Entry): void => {
    for (const [id, entry] of entries) {
      if (entries.size <= maxIdleEntries) return;
      if (entry.writers.size === 0 && entry !== entered) forget(id);
    }
  };

  const forget = (id: string): void => {
    const entry = entries.get(id);
    entries.delete(id);
    if (!entry) return;
    // One that claimed after the interruption: its record would be refused, so it need not go on.
    for (const writer of entry.writers) writer.controller.abort();
    entry.frontier.close();
  };

  /** Aborts who is in the way, and resolves when they have settled; undefined when nobody is. */
  const clearWay = (
    entry: Entry,
    { range, reason }: { range: Range; reason: unknown },
  ): Promise<unknown> | undefined => {
    const older = [...entry.writers].filter((writer) => overlaps(writer.range, range));
    if (older.length === 0) return undefined;
    for (const writer of older) writer.controller.abort(reason);
    return Promise.all(older.map((writer) => writer.settled));
  };

  const interruptEntry = async (entry: Entry, reason: unknown): Promise<void> => {
    const everything = { range: { start: 0, end: Infinity }, reason };
    while (entry.writers.size > 0) await clearWay(entry, everything);
  };

  return {
    enter,
    forget,
    get writers() {
      return writers;
    },
    async claim(upload, range) {
      const entry = enter(upload);
      let tookOver = false;
      // Nothing is awaited between the last look and the claim: two that waited for the same writer must not both go on.
      for (
        let settled = clearWay(entry, { range, reason: undefined });
        settled;
        settled = clearWay(entry, { range, reason: undefined })
      ) {
        tookOver = true;
        await settled;
      }
      if (entries.get(upload.id) !== entry) throw new CoreError("superseded", { id: upload.id });
      const { promise: settled, resolve } = Promise.withResolvers<void>();
      const writer: Writer = { range, controller: new AbortController(), settled };
      entry.writers.add(writer);
      writers++;
      return {
        live: entry,
        signal: writer.controller.signal,
        tookOver,
        release() {
          if (!entry.writers.delete(writer)) return;
          writers--;
          resolve();
        },
      };
    },
    async interruptAll() {
      await Promise.all([...entries.values()].map((entry) => interruptEntry(entry, keepBytes)));
    },
    async interrupt(id, options) {
      const entry = entries.get(id);
      if (entry)
        await interruptEntry(entry, options?.keepBytes === true ? keepBytes : options?.because);
    },
  };
}

function overlaps(a: Range, b: Range): boolean {
  return a.start < b.end && b.start < a.end;
}
