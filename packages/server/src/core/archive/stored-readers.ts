/** Open stored files, kept while an archive reads many small stretches of the same pack. */
import type { BlobStore, StoredReader } from "../blobs/blob-store.ts";
import type { ManifestSegment } from "../blobs/manifest.ts";

const maxKept = 8;

export interface StoredReaders extends AsyncDisposable {
  get(segment: ManifestSegment): Promise<StoredReader>;
  /** Closes the least recently used beyond a few; call when nothing is being read. */
  trim(): Promise<void>;
}

export function createStoredReaders(blobs: Pick<BlobStore, "open">): StoredReaders {
  const readers = new Map<string, Promise<StoredReader>>();

  const close = async (names: readonly string[]): Promise<void> => {
    for (const name of names) {
      const reader = readers.get(name);
      readers.delete(name);
      // One that could not be opened has told whoever asked for it.
      const opened = await reader?.catch(() => undefined);
      await opened?.[Symbol.asyncDispose]();
    }
  };

  return {
    get(segment) {
      const reader = readers.get(segment.stored) ?? blobs.open(segment);
      readers.delete(segment.stored);
      readers.set(segment.stored, reader);
      return reader;
    },
    trim: () => close([...readers.keys()].slice(0, -maxKept)),
    [Symbol.asyncDispose]: () => close([...readers.keys()]),
  };
}
