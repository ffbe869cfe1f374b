/**
 * The records of a ZIP file (APPNOTE.TXT 6.3.10), for entries that are stored without compression.
 *
 *   local header · data · [data descriptor]     for each entry
 *   central header                              for each entry
 *   [ZIP64 end record · its locator] · end record
 *
 * The length of each record follows from path, size and offset alone, so that every offset is known before a byte is read. ZIP64 fields
 * appear only where a value does not fit. Names are UTF-8 (bit 11). Times are given twice: DOS times in UTC, as the server knows no
 * better zone, and the extended timestamp (0x5455), which is UTC by definition.
 */
import type { ArchiveEntry } from "./archive-entry.ts";

/**
 * Files up to this size have their CRC-32 in the local header: they are in memory before it is sent. Larger ones have it in a data
 * descriptor (bit 3) behind their data, because nobody should wait for the first byte until the last has been read. By size, and not by
 * whether the CRC happens to be known: equal listings must make equal archives.
 */
export const inlineCrcBytes = 1024 * 1024;

const max16 = 0xffff;
const max32 = 0xffffffff;
const localBytes = 30;
const centralBytes = 46;
const timestampBytes = 9;
const endBytes = 22;
const zip64EndBytes = 56;
const locatorBytes = 20;

const bitDescriptor = 0x0008;
const bitUtf8 = 0x0800;
/** Made on Unix, by 4.5 of the specification (ZIP64). */
const madeBy = (3 << 8) | 45;
const fileAttributes = 0o100644 * 0x10000;
const folderAttributes = 0o040755 * 0x10000 + 0x10;

export interface Place {
  /** Of the local header in the archive. */
  readonly offset: number;
  readonly crc32: number;
}

export const hasDescriptor = ({ size }: ArchiveEntry): boolean => size > inlineCrcBytes;
const isLong = ({ size }: ArchiveEntry): boolean => size >= max32;

export function localHeaderLength(entry: ArchiveEntry): number {
  return localBytes + Buffer.byteLength(entry.path) + timestampBytes + (isLong(entry) ? 20 : 0);
}

export function descriptorLength(entry: ArchiveEntry): number {
  if (!hasDescriptor(entry)) return 0;
  return isLong(entry) ? 24 : 16;
}

export function centralHeaderLength(entry: ArchiveEntry, offset: number): number {
  const extra = timestampBytes + zip64ExtraLength(entry, offset);
  return centralBytes + Buffer.byteLength(entry.path) + extra;
}

/** Writes at `at`; answers where it ends. `crc32` is not looked at where a descriptor carries it. */
export function writeLocalHeader(
  target: Buffer,
  { entry, at, crc32 }: { entry: ArchiveEntry; at: number; crc32: number },
): number {
  const later = hasDescriptor(entry);
  const size = later ? 0 : entry.size;
  const shownSize = isLong(entry) ? max32 : size;
  target.writeUInt32LE(0x04034b50, at);
  target.writeUInt16LE(versionNeeded(entry, 0), at + 4);
  writeFlagsAndTime(target, { entry, at: at + 6 });
  target.writeUInt32LE(later ? 0 : crc32, at + 14);
  target.writeUInt32LE(shownSize, at + 18);
  target.writeUInt32LE(shownSize, at + 22);
  const nameBytes = target.write(entry.path, at + localBytes, "utf8");
  target.writeUInt16LE(nameBytes, at + 26);
  target.writeUInt16LE(timestampBytes + (isLong(entry) ? 20 : 0), at + 28);
  let end = writeTimestamp(target, { entry, at: at + localBytes + nameBytes });
  if (isLong(entry)) {
    // Both sizes must be there (4.5.3), also where the descriptor has them; its presence says that theirs are of 8 bytes.
    target.writeUInt16LE(0x0001, end);
    target.writeUInt16LE(16, end + 2);
    target.writeBigUInt64LE(BigInt(size), end + 4);
    target.writeBigUInt64LE(BigInt(size), end + 12);
    end += 20;
  }
  return end;
}

export function formatDescriptor(entry: ArchiveEntry, crc32: number): Buffer {
  const target = Buffer.alloc(descriptorLength(entry));
  target.writeUInt32LE(0x08074b50, 0);
  target.writeUInt32LE(crc32, 4);
  if (isLong(entry)) {
    target.writeBigUInt64LE(BigInt(entry.size), 8);
    target.writeBigUInt64LE(BigInt(entry.size), 16);
  } else {
    target.writeUInt32LE(entry.size, 8);
    target.writeUInt32LE(entry.size, 12);
  }
  return target;
}

export function writeCentralHeader(
  target: Buffer,
  { entry, at, offset, crc32 }: Place & { entry: ArchiveEntry; at: number },
): number {
  const shownSize = Math.min(entry.size, max32);
  const zip64Bytes = zip64ExtraLength(entry, offset);
  target.writeUInt32LE(0x02014b50, at);
  target.writeUInt16LE(madeBy, at + 4);
  target.writeUInt16LE(versionNeeded(entry, offset), at + 6);
  writeFlagsAndTime(target, { entry, at: at + 8 });
  target.writeUInt32LE(crc32, at + 16);
  target.writeUInt32LE(shownSize, at + 20);
  target.writeUInt32LE(shownSize, at + 24);
  const nameBytes = target.write(entry.path, at + centralBytes, "utf8");
  target.writeUInt16LE(nameBytes, at + 28);
  target.writeUInt16LE(timestampBytes + zip64Bytes, at + 30);
  // No comment, first disk, no internal attributes.
  target.fill(0, at + 32, at + 38);
  target.writeUInt32LE(entry.blobId === null ? folderAttributes : fileAttributes, at + 38);
  target.writeUInt32LE(Math.min(offset, max32), at + 42);
  let end = writeTimestamp(target, { entry, at: at + centralBytes + nameBytes });
  if (zip64Bytes > 0) {
    target.writeUInt16LE(0x0001, end);
    target.writeUInt16LE(zip64Bytes - 4, end + 2);
    end += 4;
    const values = [...(isLong(entry) ? [entry.size, entry.size] : []), offset];
    // Only those that did not fit above, in this order.
    for (const value of offset >= max32 ? values : values.slice(0, -1))
      end = target.writeBigUInt64LE(BigInt(value), end);
  }
  return end;
}

export interface Directory {
  readonly entries: number;
  readonly offset: number;
  readonly length: number;
}

export function endLength(directory: Directory): number {
  return needsZip64End(directory) ? zip64EndBytes + locatorBytes + endBytes : endBytes;
}

export function formatEnd(directory: Directory): Buffer {
  const { entries, offset, length } = directory;
  const target = Buffer.alloc(endLength(directory));
  let at = 0;
  if (needsZip64End(directory)) {
    target.writeUInt32LE(0x06064b50, 0);
    target.writeBigUInt64LE(BigInt(zip64EndBytes - 12), 4);
    target.writeUInt16LE(madeBy, 12);
    target.writeUInt16LE(45, 14);
    [entries, entries, length, offset].forEach((value, i) =>
      target.writeBigUInt64LE(BigInt(value), 24 + 8 * i),
    );
    target.writeUInt32LE(0x07064b50, zip64EndBytes);
    target.writeBigUInt64LE(BigInt(offset + length), zip64EndBytes + 8);
    target.writeUInt32LE(1, zip64EndBytes + 16);
    at = zip64EndBytes + locatorBytes;
  }
  target.writeUInt32LE(0x06054b50, at);
  target.writeUInt16LE(Math.min(entries, max16), at + 8);
  target.writeUInt16LE(Math.min(entries, max16), at + 10);
  target.writeUInt32LE(Math.min(length, max32), at + 12);
  target.writeUInt32LE(Math.min(offset, max32), at + 16);
  return target;
}

function needsZip64End({ entries, offset, length }: Directory): boolean {
  return entries >= max16 || offset >= max32 || length >= max32;
}

function zip64ExtraLength(entry: ArchiveEntry, offset: number): number {
  const fields = (isLong(entry) ? 2 : 0) + (offset >= max32 ? 1 : 0);
  return fields === 0 ? 0 : 4 + 8 * fields;
}

function versionNeeded(entry: ArchiveEntry, offset: number): number {
  if (isLong(entry) || offset >= max32) return 45;
  return entry.blobId === null || hasDescriptor(entry) ? 20 : 10;
}

/** Flags, method (stored), time and date: equal in both headers. */
function writeFlagsAndTime(
  target: Buffer,
  { entry, at }: { entry: ArchiveEntry; at: number },
): void {
  const { time, date } = dosTime(entry.modifiedAt);
  target.writeUInt16LE(bitUtf8 | (hasDescriptor(entry) ? bitDescriptor : 0), at);
  target.writeUInt16LE(0, at + 2);
  target.writeUInt16LE(time, at + 4);
  target.writeUInt16LE(date, at + 6);
}

function writeTimestamp(
  target: Buffer,
  { entry, at }: { entry: ArchiveEntry; at: number },
): number {
  const seconds = Math.floor(entry.modifiedAt / 1000);
  target.writeUInt16LE(0x5455, at);
  target.writeUInt16LE(5, at + 2);
  // Bit 0: a modification time follows; it has no room for years after 2038.
  target.writeUInt8(1, at + 4);
  return target.writeInt32LE(Math.max(-0x80000000, Math.min(0x7fffffff, seconds)), at + 5);
}

const dosFirst = Date.UTC(1980, 0, 1);
const dosLast = Date.UTC(2107, 11, 31, 23, 59, 58);

/** Files that came together have the same time, and each is asked for twice. */
let lastTime = { ms: Number.NaN, time: 0, date: 0 };

/** In steps of two seconds, from 1980 to 2107. */
function dosTime(ms: number): { time: number; date: number } {
  if (ms === lastTime.ms) return lastTime;
  const at = new Date(Math.max(dosFirst, Math.min(dosLast, ms)));
  lastTime = {
    ms,
    time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
    date: ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
  };
  return lastTime;
}
