/** Open stored files, kept while an archive reads many small stretches of the same pack. */
import type { BlobStore, StoredReader } from "../blobs/blob-store.ts";
import type { ManifestSegment } from "../blobs/manifest.ts";

const maxKept = 8;

export interface StoredReaders extends AsyncDisposable {
  /** Opens the segment's file, unless it is open, and keeps it open for as long as the work takes at least. */
  use<T>(segment: ManifestSegment, work: (reader: StoredReader) => Promise<T>): Promise<T>;
  /** Closes the least recently used that nobody uses, beyond a few. */
  trim(): Promise<void>;
}

interface Kept {
  readonly opening: Promise<StoredReader>;
  /** Two parts of an archive read at once: a descriptor that one closes under the other would be somebody else's file by then. */
  users: number;
}

export function createStoredReaders(blobs: Pick<BlobStore, "open">): StoredReaders {
  const readers = new Map<string, Kept>();

  /** All are out of reach before the first is closed. */
  const close = async (names: readonly string[]): Promise<void> => {
    const closing = names.flatMap((name) => readers.get(name) ?? []);
    for (const name of names) readers.delete(name);
    for (const { opening } of closing) {
      // One that could not be opened has told whoever asked for it.
      const reader = await opening.catch(() => undefined);
      await reader?.[Symbol.asyncDispose]();
    }
  };

  return {
    async use(segment, work) {
      const kept = readers.get(segment.stored) ?? { opening: blobs.open(segment), users: 0 };
      readers.delete(segment.stored);
      readers.set(segment.stored, kept);
      kept.users++;
      try {
        return await work(await kept.opening);
      } finally {
        kept.users--;
      }
    },
    async trim() {
      const surplus = [...readers].slice(0, -maxKept);
      await close(surplus.flatMap(([name, { users }]) => (users === 0 ? [name] : [])));
    },
    [Symbol.asyncDispose]: () => close([...readers.keys()]),
  };
}
