/** Reading a blob: its manifest's stretches, in order, as one stream of bytes. */
import type { BlobIndex } from "./blob-index.ts";
import { MissingBytes, type BlobStore } from "./blob-store.ts";
import { sliceManifest, type ManifestSegment } from "./manifest.ts";

const readBytes = 1024 * 1024;

/** Answers buffers in turn; who reads many blobs behind one another hands in the same for all, and spares the memory's first touch. */
export type NextBuffer = () => Uint8Array;

export type ReadContent = (
  blobId: string,
  range: { start: number; end: number; nextBuffer?: NextBuffer },
) => AsyncGenerator<Uint8Array>;

/**
 * Yields bytes `[start, end)` in buffers that are reused: a yielded buffer is valid until the next but one is asked for, because
 * the next is read while the last is being sent. Throws `MissingBytes` when the store does not have what the manifest names.
 */
export function createReadContent({
  index,
  blobs,
}: {
  index: BlobIndex;
  blobs: BlobStore;
}): ReadContent {
  return async function* readContent(blobId, range) {
    const segments = sliceManifest(await index.manifest(blobId), range);
    const expected = range.end - range.start;
    const planned = segments.reduce((sum, { length }) => sum + length, 0);
    if (planned !== expected)
      throw new MissingBytes(`blob ${blobId} has segments for ${planned} of ${expected} bytes`);
    const nextBuffer = range.nextBuffer ?? createRing(Math.min(readBytes, Math.max(expected, 1)));
    for (const segment of segments) yield* readSegment(blobs, { segment, nextBuffer });
  };
}

/**
 * Three: one with the consumer's peer, one with the consumer, one being filled. Segments take turns from the same ring: the last
 * bytes of one are still being sent while the first of the next are read.
 */
export function createRing(bytes = readBytes): NextBuffer {
  const buffers: Buffer[] = [];
  let turn = 0;
  return () => (buffers[turn++ % 3] ??= Buffer.allocUnsafeSlow(bytes));
}

/** One read ahead: the disk works while the caller sends. */
async function* readSegment(
  blobs: BlobStore,
  { segment, nextBuffer }: { segment: ManifestSegment; nextBuffer: NextBuffer },
): AsyncGenerator<Uint8Array> {
  await using reader = await blobs.open(segment);
  const end = segment.offset + segment.length;
  const fill = async (position: number): Promise<Uint8Array> => {
    const buffer = nextBuffer();
    const wanted = Math.min(buffer.length, end - position);
    const count = await reader.read(buffer.subarray(0, wanted), position);
    if (count < wanted)
      throw new MissingBytes(`${segment.stored} ends at ${position + count}, before ${end}`);
    return buffer.subarray(0, wanted);
  };
  let position = segment.offset;
  let pending: Promise<Uint8Array> | undefined = position < end ? fill(position) : undefined;
  try {
    while (pending) {
      const bytes: Uint8Array = await pending;
      position += bytes.length;
      pending = position < end ? fill(position) : undefined;
      yield bytes;
    }
  } finally {
    // The consumer may stop at any yield: the read on its way must end before the descriptor is closed.
    await pending?.catch(() => undefined);
  }
}
