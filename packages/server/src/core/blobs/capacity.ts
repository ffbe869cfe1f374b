/**
 * Room on the volume. Writing into a sparse file reserves nothing, so room that open uploads will need is counted here,
 * and a reserve is kept so that the database can still commit on a full disk.
 */
import { CoreError } from "../errors.ts";

export interface Capacity {
  /** Throws `disk-full` unless `bytes` more fit beside the reserve and what others were promised. */
  assertRoom(bytes: number): Promise<void>;
  /** Promised to an upload: the bytes of its size that have not arrived. Replaces the earlier promise of that upload. */
  promise(id: string, bytes: number): void;
  /** The upload ended. */
  release(id: string): void;
  readonly promisedBytes: number;
}

/** Asking the file system costs more than many a small file: its answer serves for this long. The reserve covers what is written meanwhile. */
const freshMs = 100;

export function createCapacity({
  freeBytes,
  reserveBytes,
}: {
  freeBytes: () => Promise<number>;
  reserveBytes: number;
}): Capacity {
  const promises = new Map<string, number>();
  let promisedBytes = 0;
  let asked: { readonly free: Promise<number>; readonly until: number } | undefined;

  const recentFreeBytes = (): Promise<number> => {
    const now = performance.now();
    if (!asked || now > asked.until) asked = { free: freeBytes(), until: now + freshMs };
    return asked.free;
  };

  const release = (id: string): void => {
    promisedBytes -= promises.get(id) ?? 0;
    promises.delete(id);
  };

  return {
    release,
    get promisedBytes() {
      return promisedBytes;
    },
    promise(id, bytes) {
      release(id);
      promises.set(id, bytes);
      promisedBytes += bytes;
    },
    async assertRoom(bytes) {
      const room = (await recentFreeBytes()) - reserveBytes - promisedBytes;
      if (bytes > room) throw new CoreError("disk-full", { wantedBytes: bytes });
    },
  };
}
