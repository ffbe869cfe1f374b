/**
 * A reader of ZIP that forgives nothing: it walks the file from its first byte and from its end, and both must tell the same story,
 * without a gap, to the last bit of every field that we write.
 */
import { crc32 } from "node:zlib";

export interface ZipEntry {
  readonly path: string;
  readonly data: Buffer;
  readonly mode: number;
  readonly modifiedAt: number;
  readonly hasDescriptor: boolean;
}

/** Throws at the first thing that is not as it must be. */
export function readZip(bytes: Buffer): ZipEntry[] {
  const { count, offset, length, endStart } = readEnd(bytes);
  assertEqual("the directory's end", offset + length, endStart);
  const entries: ZipEntry[] = [];
  let central = offset;
  let local = 0;
  for (let i = 0; i < count; i++) {
    const header = readCentral(bytes, central);
    assertEqual(`${header.path}: offset`, header.offset, local);
    const { entry, end } = readLocal(bytes, header);
    entries.push(entry);
    local = end;
    central = header.end;
  }
  assertEqual("the entries' end", local, offset);
  assertEqual("the directory's length", central, offset + length);
  return entries;
}

function assertEqual(what: string, found: unknown, expected: unknown): void {
  if (found !== expected)
    throw new Error(`zip: ${what} is ${String(found)}, not ${String(expected)}`);
}

export function readEnd(bytes: Buffer) {
  const at = bytes.length - 22;
  assertEqual("the end's signature", bytes.readUInt32LE(at), 0x06054b50);
  for (const [field, width] of [
    [4, 4],
    [20, 2],
  ] as const)
    assertEqual(`end field ${field}`, bytes.readUIntLE(at + field, width), 0);
  const short = {
    count: bytes.readUInt16LE(at + 10),
    length: bytes.readUInt32LE(at + 12),
    offset: bytes.readUInt32LE(at + 16),
  };
  assertEqual("entries on this disk", bytes.readUInt16LE(at + 8), short.count);
  const needsMore =
    short.count === 0xffff || short.length === 0xffffffff || short.offset === 0xffffffff;
  if (!needsMore) return { ...short, endStart: at, isZip64: false };
  const locator = at - 20;
  assertEqual("the locator", bytes.readUInt32LE(locator), 0x07064b50);
  const endStart = locator - 56;
  const read64 = (position: number): number => Number(bytes.readBigUInt64LE(position));
  assertEqual("the ZIP64 end", bytes.readUInt32LE(endStart), 0x06064b50);
  assertEqual("its length", read64(endStart + 4), 44);
  assertEqual("disks", bytes.readUInt32LE(locator + 16), 1);
  const long = {
    count: read64(endStart + 32),
    length: read64(endStart + 40),
    offset: read64(endStart + 48),
  };
  assertEqual("entries on this disk", read64(endStart + 24), long.count);
  assertEqual("where the locator leads", read64(locator + 8), long.offset + long.length);
  assertEqual("the short count", short.count, Math.min(long.count, 0xffff));
  assertEqual("the short length", short.length, Math.min(long.length, 0xffffffff));
  assertEqual("the short offset", short.offset, Math.min(long.offset, 0xffffffff));
  return { ...long, endStart, isZip64: true };
}

export interface CentralHeader {
  readonly path: string;
  readonly crc: number;
  readonly size: number;
  readonly offset: number;
  readonly flags: number;
  readonly dosTime: number;
  readonly modifiedAt: number;
  readonly mode: number;
  readonly version: number;
  readonly end: number;
}

export function readCentral(bytes: Buffer, at: number): CentralHeader {
  assertEqual("a central signature", bytes.readUInt32LE(at), 0x02014b50);
  assertEqual("method", bytes.readUInt16LE(at + 10), 0);
  assertEqual("comment, disk and attributes", bytes.readUIntBE(at + 32, 6), 0);
  assertEqual("made by Unix", bytes.readUInt16LE(at + 4), 0x032d);
  const nameEnd = at + 46 + bytes.readUInt16LE(at + 28);
  const end = nameEnd + bytes.readUInt16LE(at + 30);
  const extra = readExtra(bytes.subarray(nameEnd, end));
  const path = readPath(bytes.subarray(at + 46, nameEnd));
  const sizes = [bytes.readUInt32LE(at + 24), bytes.readUInt32LE(at + 20)];
  const long = [...sizes, bytes.readUInt32LE(at + 42)].map((value) =>
    value === 0xffffffff ? extra.longs.shift() : value,
  );
  assertEqual("ZIP64 values left over", extra.longs.length, 0);
  assertEqual("the two sizes", long[0], long[1]);
  return {
    path,
    end,
    crc: bytes.readUInt32LE(at + 16),
    size: long[0]!,
    offset: long[2]!,
    flags: bytes.readUInt16LE(at + 8),
    dosTime: bytes.readUInt32LE(at + 12),
    modifiedAt: extra.modifiedAt,
    mode: bytes.readUInt32LE(at + 38) >>> 16,
    version: bytes.readUInt16LE(at + 6),
  };
}

function readLocal(bytes: Buffer, header: CentralHeader): { entry: ZipEntry; end: number } {
  const { path, offset: at, size, crc, flags, dosTime, mode, modifiedAt } = header;
  assertEqual(`${path}: signature`, bytes.readUInt32LE(at), 0x04034b50);
  assertEqual(`${path}: flags`, bytes.readUInt16LE(at + 6), flags);
  assertEqual(`${path}: method`, bytes.readUInt16LE(at + 8), 0);
  assertEqual(`${path}: time`, bytes.readUInt32LE(at + 10), dosTime);
  const nameEnd = at + 30 + bytes.readUInt16LE(at + 26);
  const dataStart = nameEnd + bytes.readUInt16LE(at + 28);
  assertEqual(`${path}: path`, readPath(bytes.subarray(at + 30, nameEnd)), path);
  const extra = readExtra(bytes.subarray(nameEnd, dataStart));
  assertEqual(`${path}: timestamp`, extra.modifiedAt, modifiedAt);
  const data = bytes.subarray(dataStart, dataStart + size);
  assertEqual(`${path}: data`, data.length, size);
  assertEqual(`${path}: CRC of the data`, crc32(data), crc);
  const hasDescriptor = (flags & 8) !== 0;
  assertEqual(`${path}: other flags`, flags & ~8, 0x0800);
  const shown = [14, 18, 22].map((field) => bytes.readUInt32LE(at + field));
  const expected = hasDescriptor ? [0, 0, 0] : [crc, size, size];
  assertEqual(`${path}: CRC and sizes`, shown.join(), expected.join());
  let end = dataStart + size;
  if (hasDescriptor) {
    const descriptor = [0, 4, 8, 12].map((field) => bytes.readUInt32LE(end + field));
    assertEqual(`${path}: descriptor`, descriptor.join(), [0x08074b50, crc, size, size].join());
    end += 16;
  }
  return { entry: { path, data, mode, modifiedAt, hasDescriptor }, end };
}

function readPath(bytes: Buffer): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

function readExtra(bytes: Buffer): { modifiedAt: number; longs: number[] } {
  let modifiedAt: number | undefined;
  const longs: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const [id, length] = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)];
    const body = bytes.subarray(at + 4, at + 4 + length);
    assertEqual("an extra field's length", body.length, length);
    if (id === 0x5455) {
      assertEqual("a timestamp's flags", `${body[0]} ${length}`, "1 5");
      modifiedAt = body.readInt32LE(1) * 1000;
    } else {
      assertEqual("an extra field's id", id, 1);
      for (let i = 0; i < length; i += 8) longs.push(Number(body.readBigUInt64LE(i)));
    }
    at += 4 + length;
  }
  if (modifiedAt === undefined) throw new Error("zip: no timestamp");
  return { modifiedAt, longs };
}
