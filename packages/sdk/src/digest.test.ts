import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { formatDigestHeader, parseDigestHeader } from "./digest.ts";

const hex = createHash("sha256").update("sampan").digest("hex");
const base64 = createHash("sha256").update("sampan").digest("base64");

test("RFC 9530: writes a SHA-256 as a byte sequence", () => {
  expect(formatDigestHeader(hex)).toBe(`sha-256=:${base64}:`);
});

test("RFC 9530: finds SHA-256 among several digests", () => {
  expect(parseDigestHeader(`md5=:AAAA:, sha-256=:${base64}:`)).toBe(hex);
});

test.each([null, "", "sha-512=:AAAA:", "sha-256=:short:", `sha-256=${base64}`])(
  "finds no SHA-256 in %s",
  (header) => {
    expect(parseDigestHeader(header)).toBeNull();
  },
);

test("refuses to write what is not a SHA-256", () => {
  expect(() => formatDigestHeader("ABC")).toThrow(TypeError);
});
