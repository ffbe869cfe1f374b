/**
 * Any byte range of an archive. Headers are made on the way, file content comes from its blobs, nothing is kept. Small files are gathered
 * about 1 MiB at a time, large ones stream; the next part is begun while the last is being sent. Memory is a few MiB a reader, whatever
 * the archive.
 *
 * Yielded buffers are valid until the next but one is asked for, as `ReadContent` has it.
 */
import { crc32 } from "node:zlib";
import type { BlobStore } from "../blobs/blob-store.ts";
import { createRing, type NextBuffer, type ReadContent } from "../blobs/content.ts";
import type { ArchiveIndex } from "./archive-index.ts";
import { findPlace, type ArchivePlan } from "./archive-plan.ts";
import { beginReading, concatAhead, type Part } from "./concat-ahead.ts";
import { createComputeCrc } from "./content-crcs.ts";
import { createContentWindows, type ContentWindows } from "./content-windows.ts";
import { createCrcBook, type CrcBook } from "./crc-book.ts";
import { createReadSmallEntries, smallPartBytes } from "./small-entries.ts";
import { createStoredReaders } from "./stored-readers.ts";
import {
  formatDescriptor,
  formatEnd,
  hasDescriptor,
  localHeaderLength,
  writeCentralHeader,
  writeLocalHeader,
} from "./zip-records.ts";

export interface ArchiveRange {
  readonly start: number;
  /** Half-open. */
  readonly end: number;
}

export type ReadArchive = (
  plan: ArchivePlan,
  range: ArchiveRange & { signal: AbortSignal },
) => AsyncGenerator<Uint8Array>;

const centralPartEntries = 512;

export function createReadArchive({
  index,
  blobs,
  readContent,
  onRecordError,
}: {
  index: ArchiveIndex;
  blobs: Pick<BlobStore, "open">;
  readContent: ReadContent;
  onRecordError: (error: unknown) => void;
}): ReadArchive {
  const computeCrc = createComputeCrc({ readContent });
  return async function* readArchive(plan, { start, end, signal }) {
    await using opened = new AsyncDisposableStack();
    const book = opened.use(createCrcBook({ index, plan, computeCrc, signal, onRecordError }));
    const readers = opened.use(createStoredReaders(blobs));
    const windows = createContentWindows(index, plan);
    const readSmall = createReadSmallEntries({ plan, windows, readers, book });
    const sources = { plan, windows, book, readContent, readSmall, rings: alternateRings() };
    yield* concatAhead(planParts(sources, { start, end }));
  };
}

interface Sources {
  readonly plan: ArchivePlan;
  readonly windows: ContentWindows;
  readonly book: CrcBook;
  readonly readContent: ReadContent;
  readonly readSmall: (entries: ArchiveRange) => Promise<Uint8Array>;
  /** For one large file after the other. */
  readonly rings: () => NextBuffer;
}

/**
 * Two: a file is begun while the one before it is read. When the next but one is begun, only the last buffer of the first may still be on its
 * way to the reader's peer, and a ring comes back to that one last.
 */
function alternateRings(): () => NextBuffer {
  const rings = [createRing(), createRing()] as const;
  let turn = 0;
  return () => rings[turn++ % 2]!;
}

/** The parts that hold bytes of the range; each trims itself to it. */
function* planParts(sources: Sources, range: ArchiveRange): Generator<Part> {
  const { plan, readSmall } = sources;
  const { entries, offsets, centralOffsets, directory, size } = plan;
  const directoryEnd = directory.offset + directory.length;
  let at = range.start < directory.offset ? findPlace(offsets, range.start) : entries.length;
  while (at < entries.length && offsets[at]! < range.end) {
    const first = at;
    if (hasDescriptor(entries[first]!)) {
      at++;
      yield { open: () => readLarge(sources, { position: first, range }), mayStartEarly: true };
    } else {
      while (at < entries.length && isSamePart(plan, { first, at, range })) at++;
      const some = { start: first, end: at };
      const place = { start: offsets[first]!, end: offsets[at]! };
      const open = () => one(() => readSmall(some), { place, range });
      yield { open, mayStartEarly: true };
    }
  }
  // The CRCs of what is being sent are known when it has been sent.
  const from = Math.max(range.start, directory.offset);
  for (
    let i = from < directoryEnd ? findPlace(centralOffsets, from) : entries.length;
    i < entries.length && centralOffsets[i]! < range.end;
    i += centralPartEntries
  ) {
    const some = { start: i, end: Math.min(i + centralPartEntries, entries.length) };
    const place = { start: centralOffsets[some.start]!, end: centralOffsets[some.end]! };
    const open = () => one(() => readCentral(sources, some), { place, range });
    yield { open, mayStartEarly: false };
  }
  if (range.end > directoryEnd) {
    const place = { start: directoryEnd, end: size };
    const open = () => one(async () => formatEnd(directory), { place, range });
    yield { open, mayStartEarly: true };
  }
}

function isSamePart(
  { entries, offsets }: ArchivePlan,
  { first, at, range }: { first: number; at: number; range: ArchiveRange },
): boolean {
  if (hasDescriptor(entries[at]!)) return false;
  // One alone may be longer than a part is meant to be.
  if (at === first) return true;
  return offsets[at]! < range.end && offsets[at + 1]! - offsets[first]! <= smallPartBytes;
}

/** The bytes that stand at `place`, those of them that are in the range. */
async function* one(
  load: () => Promise<Uint8Array>,
  { place, range }: { place: ArchiveRange; range: ArchiveRange },
): AsyncGenerator<Uint8Array> {
  const trimmed = trim(await load(), { at: place.start, range });
  if (trimmed.length > 0) yield trimmed;
}

function trim(bytes: Uint8Array, { at, range }: { at: number; range: ArchiveRange }): Uint8Array {
  const from = Math.max(0, range.start - at);
  return bytes.subarray(from, Math.max(from, range.end - at));
}

/** A file of its own: its header, its content as it streams, its descriptor. */
async function* readLarge(
  sources: Sources,
  { position, range }: { position: number; range: ArchiveRange },
): AsyncGenerator<Uint8Array> {
  const { plan, windows, book, readContent, rings } = sources;
  const entry = plan.entries[position]!;
  const at = plan.offsets[position]!;
  const dataStart = at + localHeaderLength(entry);
  const dataEnd = dataStart + entry.size;
  const start = Math.max(range.start, dataStart) - dataStart;
  const end = Math.min(range.end, dataEnd) - dataStart;
  await using content =
    start < end
      ? beginReading(readContent(entry.blobId!, { start, end, nextBuffer: rings() }), { now: true })
      : undefined;
  if (range.start < dataStart) {
    const header = Buffer.alloc(dataStart - at);
    writeLocalHeader(header, { entry, at: 0, crc32: 0 });
    yield trim(header, { at, range });
  }
  if (content) {
    const { crc32: recorded } = await windows.find(position);
    const counts = recorded === null && start === 0 && end === entry.size;
    let crc = 0;
    for await (const bytes of content.bytes()) {
      if (counts) crc = crc32(bytes, crc);
      yield bytes;
    }
    if (counts) await book.learn(position, crc);
    else if (recorded !== null) book.note(position, recorded);
  }
  if (range.end <= dataEnd) return;
  const [crc] = await book.find(position, position + 1);
  yield trim(formatDescriptor(entry, crc!), { at: dataEnd, range });
}

async function readCentral(
  { plan, book }: Sources,
  { start, end }: ArchiveRange,
): Promise<Uint8Array> {
  const { entries, offsets, centralOffsets } = plan;
  const crcs = await book.find(start, end);
  const target = Buffer.allocUnsafe(centralOffsets[end]! - centralOffsets[start]!);
  let at = 0;
  for (let i = start; i < end; i++) {
    const place = { offset: offsets[i]!, crc32: crcs[i - start]! };
    at = writeCentralHeader(target, { entry: entries[i]!, at, ...place });
  }
  return target;
}
