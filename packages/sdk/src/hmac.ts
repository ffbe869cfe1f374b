/** HMAC (RFC 2104) over any SHA-256: a page served over plain HTTP has no `crypto.subtle`. */
import { toHex, type CreateHasher } from "./digest.ts";

const BLOCK_BYTES = 64;
const INNER = 0x36;
const OUTER = 0x5c;

/** HMAC-SHA-256 in hex. `keyHex` is at most 64 bytes long. */
export async function hmacChunks(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: { keyHex: string; createHasher: CreateHasher },
): Promise<string> {
  const key = fromHex(options.keyHex);
  if (key.length > BLOCK_BYTES) throw new TypeError("The key is longer than a block");
  const inner = await options.createHasher();
  await inner.update(padKey(key, INNER));
  for await (const chunk of chunks) await inner.update(chunk);
  const outer = await options.createHasher();
  await outer.update(padKey(key, OUTER));
  await outer.update(fromHex(await inner.digest()));
  return await outer.digest();
}

function padKey(key: Uint8Array, pad: number): Uint8Array {
  return new Uint8Array(BLOCK_BYTES).map((_zero, index) => (key[index] ?? 0) ^ pad);
}

function fromHex(text: string): Uint8Array {
  const bytes = Uint8Array.from(text.match(/../g) ?? [], (pair) => Number(`0x${pair}`));
  if (toHex(bytes) !== text) throw new TypeError("Not lower-case hex digits in pairs");
  return bytes;
}
