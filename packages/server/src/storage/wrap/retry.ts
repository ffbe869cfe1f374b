/**
 * A store whose passing failures are tried again, with growing pauses. Only what is known to pass is: a descriptor or a buffer that lacks for
 * the moment, an interrupted call. A flush never is (see volume.ts), nor what has a meaning: no space, no such file, a poisoned volume.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { BlobStore, StagingFile } from "../../core/blobs/blob-store.ts";

export interface RetryRules {
  readonly attempts: number;
  readonly initialDelayMs: number;
  readonly onRetry: (error: unknown) => void;
}

const passing = new Set([
  "EAGAIN",
  "EINTR",
  "EBUSY",
  "EMFILE",
  "ENFILE",
  "ENOBUFS",
  "ENOMEM",
  "ETIMEDOUT",
]);

function isPassing(error: unknown): boolean {
  return error instanceof Error && "code" in error && passing.has(String(error.code));
}

/** Doubles the pause each time, and spreads it so that those who failed together do not come back together. */
export async function retryPassing<T>(
  { attempts, initialDelayMs, onRetry }: RetryRules,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= attempts || !isPassing(error)) throw error;
      onRetry(error);
      await sleep(initialDelayMs * 2 ** (attempt - 1) * (0.5 + Math.random()));
    }
  }
}

export function retryStore<S extends BlobStore>(store: S, rules: RetryRules): S {
  const again = <T>(work: () => Promise<T>): Promise<T> => retryPassing(rules, work);
  const { staging } = store;
  const retryFile = (file: StagingFile): StagingFile => ({
    length: file.length,
    // The same bytes at the same place: writing them again after a part of them was written changes nothing.
    write: (bytes, position) => again(() => file.write(bytes, position)),
    read: (target, position) => again(() => file.read(target, position)),
    sync: () => file.sync(),
    trim: (length) => again(() => file.trim(length)),
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  });
  const wrapped: Partial<BlobStore> = {
    staging: {
      create: (id) => again(() => staging.create(id)),
      open: async (id) => retryFile(await again(() => staging.open(id))),
      remove: (id) => again(() => staging.remove(id)),
      list: () => staging.list(),
      length: (id) => again(() => staging.length(id)),
    },
    open: (stored) => again(() => store.open(stored)),
    remove: (stored) => again(() => store.remove(stored)),
  };
  // Getters such as `poisoned`, and capabilities beyond the port, stay the store's own.
  return Object.assign(Object.create(store) as S, wrapped);
}
