/** Small files of an archive, as many at a time as make about 1 MiB: their headers and contents, ready to be sent as one piece. */
import { crc32 } from "node:zlib";
import { MissingBytes } from "../blobs/blob-store.ts";
import type { StoredContent } from "./archive-index.ts";
import type { ArchivePlan } from "./archive-plan.ts";
import type { ContentWindows } from "./content-windows.ts";
import type { CrcBook } from "./crc-book.ts";
import { createReadStretches, type Stretch } from "./read-stretches.ts";
import type { StoredReaders } from "./stored-readers.ts";
import { inlineCrcBytes, localHeaderLength, writeLocalHeader } from "./zip-records.ts";

/** A file alone may be longer, by its header. */
export const smallPartBytes = inlineCrcBytes;
/** One with the consumer's peer, one with the consumer, one being filled. */
const buffersInTurn = 3;

/** Answers entries `[start, end)`, none of which has a descriptor, in memory that the third call after this one uses again. */
export function createReadSmallEntries({
  plan,
  windows,
  readers,
  book,
}: {
  plan: ArchivePlan;
  windows: ContentWindows;
  readers: StoredReaders;
  book: CrcBook;
}): (entries: { start: number; end: number }) => Promise<Uint8Array> {
  const { entries, offsets } = plan;
  const readStretches = createReadStretches(readers);
  const buffers: Buffer[] = [];
  let turn = 0;

  const takeBuffer = (length: number): Buffer => {
    const slot = turn++ % buffersInTurn;
    const known = buffers[slot];
    if (known && known.length >= length) return known.subarray(0, length);
    // A whole part's worth at once, unless all there is takes less.
    const room = Math.max(length, Math.min(smallPartBytes, plan.directory.offset));
    return (buffers[slot] = Buffer.allocUnsafeSlow(room)).subarray(0, length);
  };

  return async ({ start, end }) => {
    const base = offsets[start]!;
    const target = takeBuffer(offsets[end]! - base);
    const contents = await windows.findAll(start, end);
    const stretches: Stretch[] = [];
    for (let i = start; i < end; i++) {
      const entry = entries[i]!;
      const content = contents[i - start];
      if (!content) continue;
      const data = offsets[i]! - base + localHeaderLength(entry);
      stretches.push(...stretchesOf(content, target.subarray(data, data + entry.size)));
    }
    await readStretches(stretches);
    await readers.trim();
    for (let i = start; i < end; i++) {
      const entry = entries[i]!;
      const at = offsets[i]! - base;
      const data = at + localHeaderLength(entry);
      const recorded = entry.size > 0 ? contents[i - start]!.crc32 : 0;
      const crc = recorded ?? crc32(target.subarray(data, data + entry.size));
      if (recorded === null) await book.learn(i, crc);
      else book.note(i, crc);
      writeLocalHeader(target, { entry, at, crc32: crc });
    }
    return target;
  };
}

function stretchesOf({ manifest }: StoredContent, target: Uint8Array): Stretch[] {
  let at = 0;
  const stretches = manifest.map((segment) => {
    const from = at;
    at += segment.length;
    return { segment, target: target.subarray(from, at) };
  });
  if (at !== target.length) throw new MissingBytes(`segments hold ${at} of ${target.length} bytes`);
  return stretches.filter(({ segment }) => segment.length > 0);
}
