/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), which Node has no function for. Eight bytes a step by eight tables
 * ("slicing by 8"), which is several times as fast as one byte a step.
 */
const polynomial = 0x82f63b78;
const tables = makeTables();

/** The CRC of `bytes`, continuing from `value` as `zlib.crc32` does: `crc32c(b, crc32c(a))` is that of a and b together. */
export function crc32c(bytes: Uint8Array, value = 0): number {
  const { length } = bytes;
  const wholeEnd = length - (length % 8);
  let crc = ~value;
  let i = 0;
  // Indexes are within the tables and the bytes by construction: `!` only says so.
  for (; i < wholeEnd; i += 8) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc =
      tables[0x700 | (crc & 0xff)]! ^
      tables[0x600 | ((crc >>> 8) & 0xff)]! ^
      tables[0x500 | ((crc >>> 16) & 0xff)]! ^
      tables[0x400 | (crc >>> 24)]! ^
      tables[0x300 | bytes[i + 4]!]! ^
      tables[0x200 | bytes[i + 5]!]! ^
      tables[0x100 | bytes[i + 6]!]! ^
      tables[bytes[i + 7]!]!;
  }
  for (; i < length; i++) crc = (crc >>> 8) ^ tables[(crc ^ bytes[i]!) & 0xff]!;
  return ~crc >>> 0;
}

/** Table k, at `k << 8`, advances a byte past k zero bytes more. */
function makeTables(): Int32Array {
  const made = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    made[byte] = crc;
  }
  for (let at = 256; at < made.length; at++) {
    const previous = made[at - 256]!;
    made[at] = (previous >>> 8) ^ made[previous & 0xff]!;
  }
  return made;
}
