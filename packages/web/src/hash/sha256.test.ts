import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createSha256 } from "./sha256.ts";

function sha256(...pieces: Uint8Array[]): string {
  const hasher = createSha256();
  for (const piece of pieces) hasher.update(piece);
  return hasher.digest() as string;
}

describe("SHA-256", () => {
  it("FIPS 180-4: agrees with Node at every length around the block and padding boundaries", () => {
    for (let length = 0; length <= 260; length += 1) {
      const bytes = randomBytes(length);
      expect(sha256(bytes)).toBe(createHash("sha256").update(bytes).digest("hex"));
    }
  });

  it("does not depend on how the bytes are cut", () => {
    const bytes = randomBytes(70_003);
    const pieces: Uint8Array[] = [];
    for (let start = 0, step = 1; start < bytes.length; start += step, step = (step * 7) % 1009) {
      pieces.push(bytes.subarray(start, start + step));
    }
    expect(sha256(...pieces)).toBe(createHash("sha256").update(bytes).digest("hex"));
  });
});
