/**
 * What is uploaded: incompressible pseudo-random bytes in one file in the page cache, shared by all
 * uploads, plus a random tail of each upload's own, so that no two uploads have the same content
 * and nothing is won by deduplication. The tail is last so that the expected SHA-256 of a gigabyte
 * costs a copy of a hash state and not another pass.
 */
import { createCipheriv, createHash, randomBytes, type Hash } from "node:crypto";
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import path from "node:path";
import { benchDir } from "./workspace.ts";

export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;
const tailBytes = 32;

/** A stretch of the pool file. */
export type Range = { offset: number; length: number };

/** `ranges` of the pool, one after another, then `tail`. */
export type Content = {
  name: string;
  size: number;
  ranges: readonly Range[];
  tail: Buffer;
  sha256: string;
};

export type Pool = { file: string; size: number; prefixes: Map<string, Hash> };

let names = 0;

export function createPool(size: number): Pool {
  const file = path.join(benchDir(), "pool");
  const keystream = createCipheriv("aes-256-ctr", Buffer.alloc(32, 7), Buffer.alloc(16, 1));
  const zeros = Buffer.alloc(MiB);
  const fd = openSync(file, "w");
  for (let written = 0; written < size; written += MiB) writeSync(fd, keystream.update(zeros));
  closeSync(fd);
  return { file, size, prefixes: new Map() };
}

/** Reads the pool through, so that the next upload does not wait for the client's disk. */
export function warmPool(pool: Pool): void {
  forEachBlock(pool, { offset: 0, length: pool.size }, () => {});
}

function forEachBlock(pool: Pool, range: Range, use: (block: Buffer) => void): void {
  const block = Buffer.alloc(Math.min(MiB, Math.max(1, range.length)));
  const fd = openSync(pool.file, "r");
  for (let done = 0; done < range.length;) {
    const want = Math.min(block.length, range.length - done);
    const got = readSync(fd, block, 0, want, range.offset + done);
    if (got === 0) throw new Error("the pool is shorter than the range");
    use(block.subarray(0, got));
    done += got;
  }
  closeSync(fd);
}

function prefixHash(pool: Pool, ranges: readonly Range[]): Hash {
  const key = JSON.stringify(ranges);
  let hash = pool.prefixes.get(key);
  if (hash === undefined) {
    const fresh = createHash("sha256");
    for (const range of ranges) forEachBlock(pool, range, (block) => fresh.update(block));
    hash = fresh;
    // Thousands of small contents are each hashed once; only the big ones are worth remembering.
    if (ranges.some((range) => range.length > MiB)) pool.prefixes.set(key, hash);
  }
  return hash.copy();
}

function contentOf(pool: Pool, ranges: readonly Range[]): Content {
  const tail = randomBytes(tailBytes);
  const size = ranges.reduce((sum, range) => sum + range.length, tail.length);
  const sha256 = prefixHash(pool, ranges).update(tail).digest("hex");
  return { name: `bench-${process.pid}-${++names}.bin`, size, ranges, tail, sha256 };
}

/**
 * Content of any size, drawn from the pool in stretches, each from another place. A part that covers
 * one stretch is one range of the pool, which is what a request's body can be.
 */
export function createContent(pool: Pool, size: number, stretch: number = size): Content {
  const ranges: Range[] = [];
  const room = pool.size - Math.min(stretch, pool.size);
  for (let left = size - tailBytes; left > 0; left -= stretch) {
    const offset = room === 0 ? 0 : (ranges.length * 12_345_677) % room;
    ranges.push({ offset, length: Math.min(left, stretch) });
  }
  return contentOf(pool, ranges);
}

/** Many small contents, each from a place of its own in the pool. */
export function createContents(pool: Pool, count: number, size: number): Content[] {
  return Array.from({ length: count }, (_, index) => {
    const offset = (index * size) % (pool.size - size);
    return contentOf(pool, [{ offset, length: size - tailBytes }]);
  });
}

/** The bytes `[start, start + length)` of a content, as a request's body. */
export function slice(content: Content, start: number, length: number): Body {
  let at = 0;
  let range: Range | undefined;
  for (const candidate of content.ranges) {
    const from = Math.max(start, at);
    const to = Math.min(start + length, at + candidate.length);
    if (from < to) {
      if (range !== undefined) throw new Error("a body must lie within one stretch");
      range = { offset: candidate.offset + from - at, length: to - from };
    }
    at += candidate.length;
  }
  const tail = content.tail.subarray(Math.max(0, start - at), Math.max(0, start + length - at));
  return { range: range ?? { offset: 0, length: 0 }, tail };
}

export function whole(content: Content): Body {
  return slice(content, 0, content.size);
}

/** A request's body: a range of the pool (or of another file), then some bytes of its own. */
export type Body = { range: Range; tail: Buffer; file?: string };
