import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentOf } from "../../core/testing/sources.ts";
import { strideBytes } from "./kernels.ts";
import { createMd5Lanes } from "./md5-lanes.ts";

const md5Of = (...pieces: readonly Uint8Array[]): string => {
  const hash = createHash("md5");
  for (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
};

function share(bytes: Uint8Array): Uint8Array {
  // Somewhere within more of it, aligned to nothing: as the file of a form lies in a slab.
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 9)).subarray(5);
  shared.set(bytes);
  return shared.subarray(0, bytes.length);
}

/** Lengths around what the algorithm and the lanes turn on. */
const length = fc.oneof(
  fc.constantFrom(0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128, strideBytes - 1, strideBytes),
  fc.nat(3 * strideBytes),
);
const message = fc.array(length, { maxLength: 5 });

describe("MD5 in lanes", () => {
  it.each([
    ["", "d41d8cd98f00b204e9800998ecf8427e"],
    ["a", "0cc175b9c0f1b6a831c399e269772661"],
    ["abc", "900150983cd24fb0d6963f7d28e17f72"],
    ["message digest", "f96b697d7cb7938d525a2f31aaf161d0"],
    ["abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"],
    ["1234567890".repeat(8), "57edf4a22be3c955ac49da2e2107b67a"],
  ])("RFC 1321 A.5: knows the digest of %j", async (text, expected) => {
    const one = createMd5Lanes().open();
    await one.append(Buffer.from(text));
    expect(one.digest()).toBe(expected);
  });

  it("has the digest of each message, however many come at once and in whatever pieces", async () => {
    const lanes = createMd5Lanes();
    const messages = fc.array(message, { minLength: 1, maxLength: 19 });
    const property = fc.asyncProperty(messages, fc.boolean(), async (all, isShared) => {
      await Promise.all(
        all.map(async (lengths, seed) => {
          const pieces = lengths.map((bytes, i) => contentOf(seed * 10 + i, bytes));
          const one = lanes.open();
          for (const piece of pieces) await one.append(isShared ? share(piece) : piece);
          expect(one.digest()).toBe(md5Of(...pieces));
        }),
      );
    });
    await fc.assert(property, { seed: 7, numRuns: 60, interruptAfterTimeLimit: 5_000 });
  });

  it("has no more use for memory once its append has resolved", async () => {
    const lanes = createMd5Lanes();
    const memory = [1, 2, 3].map((seed) => share(contentOf(seed, 100_001)));
    const messages = memory.map(() => lanes.open());
    await Promise.all(messages.map((one, i) => one.append(memory[i]!)));
    for (const bytes of memory) bytes.fill(0);
    expect(messages.map((one) => one.digest())).toEqual(
      [1, 2, 3].map((seed) => md5Of(contentOf(seed, 100_001))),
    );
  });

  it("lets a copy and what it was copied from go different ways", async () => {
    const one = createMd5Lanes().open();
    await one.append(contentOf(1, 1_000));
    const other = one.copy();
    await one.append(contentOf(2, 1_000));
    await other.append(contentOf(3, 70));
    expect(one.digest()).toBe(md5Of(contentOf(1, 1_000), contentOf(2, 1_000)));
    expect(other.digest()).toBe(md5Of(contentOf(1, 1_000), contentOf(3, 70)));
  });
});
