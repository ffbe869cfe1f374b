import { createHmac, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { hmacChunks } from "./hmac.ts";
import { createNodeHasher } from "./node/hasher.ts";

const createHasher = createNodeHasher;

test("RFC 4231: agrees with Node's HMAC-SHA-256 for keys up to a block", async () => {
  for (const keyBytes of [0, 1, 20, 32, 64]) {
    const key = randomBytes(keyBytes);
    const pieces = [randomBytes(100), new Uint8Array(0), randomBytes(5_000)];
    const expected = createHmac("sha256", key);
    for (const piece of pieces) expected.update(piece);
    const actual = await hmacChunks(pieces, { keyHex: key.toString("hex"), createHasher });
    expect(actual).toBe(expected.digest("hex"));
  }
});

test("refuses a key that is no hex, or longer than a block", async () => {
  for (const keyHex of ["0g", "abc", "AB", "00".repeat(65)])
    await expect(hmacChunks([], { keyHex, createHasher })).rejects.toThrow(TypeError);
});
