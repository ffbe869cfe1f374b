import { createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { computeProof, drawNonce, drawRanges, isSameProof } from "./challenge.ts";

it("asks for 64 different blocks, ascending and inside the content, or for all of it", () => {
  fc.assert(
    fc.property(fc.oneof(fc.nat(600_000), fc.maxSafeNat()), (size) => {
      const ranges = drawRanges(size);
      const asked = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
      if (size <= 64 * 4096) {
        expect(asked).toBe(size);
        return;
      }
      expect(ranges).toHaveLength(64);
      for (const [i, { start, end }] of ranges.entries()) {
        expect(start % 4096).toBe(0);
        expect(end).toBe(Math.min(size, start + 4096));
        expect(start).toBeGreaterThanOrEqual(ranges[i - 1]?.end ?? 0);
        expect(end).toBeGreaterThan(start);
      }
    }),
  );
});

it("reaches every block sooner or later, the last one too", () => {
  const size = 70 * 4096 + 1;
  const seen = new Set<number>();
  for (let i = 0; i < 200; i++) for (const { start } of drawRanges(size)) seen.add(start / 4096);
  expect(seen.size).toBe(71);
});

it("computes HMAC-SHA-256, however the bytes are cut", async () => {
  const nonce = drawNonce();
  const bytes = randomBytes(9_000);
  const expected = createHmac("sha256", Buffer.from(nonce, "hex")).update(bytes).digest();
  const proof = await computeProof(nonce, [bytes.subarray(0, 1), bytes.subarray(1)]);
  expect(proof).toEqual(expected);
  expect(isSameProof(proof, expected.toString("hex"))).toBe(true);
  expect(isSameProof(proof, randomBytes(32).toString("hex"))).toBe(false);
});
