/**
 * Proof of possession: what is asked of somebody who names a content, and what only its bytes can answer.
 *
 *   proof = HMAC-SHA-256(key: the nonce, message: the bytes of the ranges, in the order given)
 *
 * A content is cut into blocks of 4 KiB (the last may be shorter). Asked are 64 different ones, drawn at random, or all bytes where
 * there are no more than 64 blocks. Who lacks a fraction f of the blocks answers rightly with a probability of about (1 − f)^64.
 */
import { createHmac, randomBytes, randomInt, timingSafeEqual } from "node:crypto";
import type { Range } from "./upload.ts";

export interface Challenge {
  /** 256 random bits, in hex: name of the challenge and key of the proof. */
  readonly nonce: string;
  readonly uploadId: string;
  readonly ownerId: string;
  readonly sha256: string;
  /** Ascending, different. */
  readonly ranges: readonly Range[];
  readonly expiresAt: number;
}

const blockBytes = 4096;
const askedBlocks = 64;

export function drawNonce(): string {
  return randomBytes(32).toString("hex");
}

/** The stretches to be proven of a content of `size` bytes: none of an empty one, all of a small one. */
export function drawRanges(size: number): Range[] {
  const blocks = Math.ceil(size / blockBytes);
  if (size === 0) return [];
  if (blocks <= askedBlocks) return [{ start: 0, end: size }];
  const drawn = new Set<number>();
  while (drawn.size < askedBlocks) drawn.add(randomInt(blocks));
  return [...drawn]
    .toSorted((a, b) => a - b)
    .map((block) => ({
      start: block * blockBytes,
      end: Math.min(size, (block + 1) * blockBytes),
    }));
}

/** The proof over `pieces`, which are the ranges' bytes in order. */
export async function computeProof(
  nonce: string,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<Buffer> {
  const hmac = createHmac("sha256", Buffer.from(nonce, "hex"));
  for await (const bytes of pieces) hmac.update(bytes);
  return hmac.digest();
}

/** In constant time. `proof` is 64 hex digits. */
export function isSameProof(expected: Buffer, proof: string): boolean {
  return timingSafeEqual(expected, Buffer.from(proof, "hex"));
}
