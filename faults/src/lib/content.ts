import { createCipheriv, createHash } from "node:crypto";

/**
 * File contents that are never stored: any stretch of any file can be made again from its seed.
 * AES-CTR is used as a fast generator with random access, not as a secret.
 */
export function contentAt(content: { seed: string; start: number; length: number }): Buffer {
  const key = createHash("sha256").update(content.seed).digest().subarray(0, 16);
  const counter = Buffer.alloc(16);
  counter.writeBigUInt64BE(BigInt(Math.floor(content.start / 16)), 8);
  const skip = content.start % 16;
  const stream = createCipheriv("aes-128-ctr", key, counter);
  return stream.update(Buffer.alloc(skip + content.length)).subarray(skip);
}

/** Lower-case hex SHA-256 of the first `size` bytes. */
export function contentDigest(content: { seed: string; size: number }): string {
  return sha256Hex(contentAt({ seed: content.seed, start: 0, length: content.size }));
}

export function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** RFC 9530 form of a digest, for `Content-Digest`. */
export function digestHeader(bytes: Uint8Array): string {
  return `sha-256=:${createHash("sha256").update(bytes).digest("base64")}:`;
}

/** Where `found` first differs from what was sent, in words that fit an error report. */
export function describeDifference(expected: Buffer, found: Buffer): string {
  const shorter = Math.min(expected.length, found.length);
  let first = 0;
  while (first < shorter && expected[first] === found[first]) first++;
  let differing = 0;
  let zeros = 0;
  for (let index = first; index < shorter; index++) {
    if (expected[index] === found[index]) continue;
    differing++;
    if (found[index] === 0) zeros++;
  }
  return (
    `${found.length} of ${expected.length} bytes, first difference at ${first}, ` +
    `${differing} differing bytes (${zeros} of them read as zero)`
  );
}
