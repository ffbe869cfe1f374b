/**
 * The port of bytes at rest. Staging holds unverified bytes, never readable as a blob; published files are immutable and their names are
 * never used twice. An adapter's promise, which its suite checks: a method that returns has made its effect survive power loss, except
 * `StagingFile.write`, whose bytes are durable only after `sync`.
 */
export interface BlobStore {
  readonly staging: Staging;
  readonly packs: PackStore;
  /** Where other threads of this process read the staging file of an upload (hashing). */
  stagingPath(id: string): string;
  /** Makes the synced staging file `id` readable as stored file `name`; bytes are not copied, the staging name stays. */
  publish(input: { stagingId: string; name: string }): Promise<void>;
  /** Publishes a whole new file from a stream of bytes (compaction). */
  write(input: { name: string; source: AsyncIterable<Uint8Array> }): Promise<void>;
  /** Opens a stored file for reading; throws `MissingBytes` when it is not there. */
  open(stored: { stored: string; kind: "blob" | "pack" }): Promise<StoredReader>;
  /** Removes; absent is fine. */
  remove(stored: { stored: string; kind: "blob" | "pack" }): Promise<void>;
  /** Every stored file there is, in no order (recovery looks for orphans). */
  list(): AsyncIterable<{
    stored: string;
    kind: "blob" | "pack";
    length: number;
    modifiedAt: number;
  }>;
  /** Moves an orphan aside for a person to look at. */
  quarantine(stored: { stored: string; kind: "blob" | "pack" }): Promise<void>;
  /** Bytes free to us on the volume. */
  freeBytes(): Promise<number>;
  /** `wanted`, but never more than a twentieth of the volume. */
  reserveBytes(wanted: number): Promise<number>;
  /** Set after a failed flush: no write is accepted any more until restart. */
  readonly poisoned: string | null;
}

export interface ByteReader extends AsyncDisposable {
  readonly length: number;
  /** Fills `target` from `position`; fewer bytes only at the end of the file. */
  read(target: Uint8Array, position: number): Promise<number>;
}

/** Of a published file. */
export interface StoredReader extends ByteReader {
  /** Fills the targets one after another, as one read of the file; fewer bytes only at its end. */
  readInto(targets: readonly Uint8Array[], position: number): Promise<number>;
}

export interface Staging {
  /** Creates an empty staging file whose name survives a crash. */
  create(id: string): Promise<void>;
  /** Takes a shared handle; throws `MissingBytes`. Dispose it to give it back. */
  open(id: string): Promise<StagingFile>;
  remove(id: string): Promise<void>;
  list(): AsyncIterable<{ id: string; length: number; modifiedAt: number }>;
  /** Length of the file, or undefined when there is none. */
  length(id: string): Promise<number | undefined>;
}

export interface StagingFile extends ByteReader {
  /** Writes all of `bytes` at `position`. Fast when memory and position are aligned alike modulo 4096. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Flushes every byte written before the call; concurrent calls share a flush. A failure poisons the store. */
  sync(): Promise<void>;
  /** Cuts off what lies past `length` (bytes of a fenced writer); never extends. */
  trim(length: number): Promise<void>;
}

export interface PackStore {
  /** A pack that has this much is not added to. On a full disk, compaction must find room for half of one. */
  readonly maxBytes: number;
  /** Appends all pieces to the current pack in one durable step. Concurrent calls go one after another. */
  append(
    pieces: readonly Uint8Array[],
  ): Promise<{ stored: string; offsets: number[]; length: number }>;
  /** Nothing more is appended to this pack: it is going away. */
  retire(stored: string): Promise<void>;
}

/** The store has no such file: an orphan row if the index says otherwise. */
export class MissingBytes extends Error {
  override readonly name = "MissingBytes";
}

/**
 * A flush failed: the kernel may have dropped the bytes, so nothing unacknowledged in that file can be trusted, and flushing it again
 * proves nothing. With `noSpace` only this file is lost; otherwise the whole store is poisoned.
 */
export class FlushFailed extends Error {
  override readonly name = "FlushFailed";
  readonly noSpace: boolean;

  constructor({ noSpace, cause }: { noSpace: boolean; cause: unknown }) {
    super("a flush to disk failed", { cause });
    this.noSpace = noSpace;
  }
}
