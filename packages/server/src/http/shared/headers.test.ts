import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  formatDigestHeader,
  parseBytes,
  parseDigestHeader,
  parseStructuredBoolean,
  single,
} from "./headers.ts";

const digestOf = (name: string) => createHash(name).update("content");
const invalid = expect.objectContaining({ code: "invalid-request" });

describe("a count of bytes", () => {
  it.each([
    ["0", 0],
    ["1", 1],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ])("%s is one", (text, expected) => {
    expect(parseBytes(text, "size")).toBe(expected);
  });

  it.each(
    [
      "",
      " ",
      "-1",
      "+1",
      "1.5",
      "1e3",
      "5abc",
      "0x10",
      "NaN",
      "Infinity",
      "01",
      " 1",
      "1 ",
      "1,1",
    ].concat(["9007199254740992", "99999999999999999999", "１", "1\n"]),
  )("%j is none", (text) => {
    expect(() => parseBytes(text, "size")).toThrow(invalid);
  });
});

describe("RFC 9530: a digest header", () => {
  const sha256 = digestOf("sha256").digest("base64");

  it("is read in hexadecimal, all known algorithms of it", () => {
    const md5 = createHash("md5").update("content");
    const sha1 = createHash("sha1").update("content");
    const header = `sha-256=:${sha256}:, md5=:${md5.copy().digest("base64")}:,sha=:${sha1.copy().digest("base64")}:`;
    expect(parseDigestHeader(header, "Content-Digest")).toEqual({
      sha256: digestOf("sha256").digest("hex"),
      md5: md5.digest("hex"),
      sha1: sha1.digest("hex"),
    });
    expect(parseDigestHeader(undefined, "Content-Digest")).toEqual({});
  });

  it.each(["sha-512=:AAAA:", "unixsum=:AAAA:", "constructor=:AAAA:", "valueof=:AAAA:"])(
    "says nothing where its algorithm is not known: %s",
    (header) => {
      expect(parseDigestHeader(header, "Content-Digest")).toEqual({});
    },
  );

  it.each([
    "",
    "sha-256",
    "sha-256=",
    "sha-256=abc",
    "sha-256=:abc:",
    "sha-256=::",
    `sha-256=:${sha256}`,
    `sha-256=:${sha256.slice(0, -4)}:`,
    `sha-256=:${sha256}:,`,
    "sha-256=:!!!!:",
    `sha-256=:${sha256}: sha-256=:${sha256}:`,
    `md5=:${sha256}:`,
  ])("is refused where it is not one: %s", (header) => {
    expect(() => parseDigestHeader(header, "Content-Digest")).toThrow(invalid);
  });

  it("is written as it is read", () => {
    const digests = { sha256: digestOf("sha256").digest("hex") };
    expect(parseDigestHeader(formatDigestHeader(digests), "Repr-Digest")).toEqual(digests);
    expect(formatDigestHeader({ md5: "00" })).toBeUndefined();
  });
});

describe("other headers", () => {
  it("are one value or none", () => {
    expect(single(undefined, "Upload-Offset")).toBeUndefined();
    expect(single("1", "Upload-Offset")).toBe("1");
    expect(() => single(["1", "2"], "Upload-Offset")).toThrow(invalid);
  });

  it("are structured booleans where they should be", () => {
    expect(parseStructuredBoolean("?1", "Upload-Complete")).toBe(true);
    expect(parseStructuredBoolean("?0", "Upload-Complete")).toBe(false);
    expect(parseStructuredBoolean(undefined, "Upload-Complete")).toBeUndefined();
    for (const text of ["", "1", "true", "?2", "?1 ", "?1, ?1"])
      expect(() => parseStructuredBoolean(text, "Upload-Complete")).toThrow(invalid);
  });
});
