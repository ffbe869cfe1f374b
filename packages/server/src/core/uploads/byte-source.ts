/** A request's body as the core sees it: chunks of memory, in order, to be given back. */
export interface Chunk {
  /** Shared memory where the source could arrange it (see slab-pool.ts); ordinary memory otherwise. */
  readonly bytes: Uint8Array;
  /** The memory may be used again; call once, when nothing reads it any more. */
  release(): void;
}

export interface ByteSource {
  /** Length the sender declared, or null (chunked). */
  readonly declaredLength: number | null;
  /**
   * Yields the body to its end. `position` is where its first byte will stand in the file, so that memory can be aligned alike.
   * Throws `body-cut` when the sender went away and `body-too-slow` under the minimum rate; ends early, silently, when
   * `signal` aborts. Reads ahead of the consumer only as far as the memory it may hold.
   */
  chunks(options: { position: number; signal: AbortSignal }): AsyncIterable<Chunk>;
}
