import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { ByteSource } from "../../core/uploads/byte-source.ts";
import { checkBody, parseChecksum } from "./checksum.ts";

const invalid: unknown = expect.objectContaining({ code: "invalid-request" });
const parse = (header: string) => parseChecksum({ "upload-checksum": header });

/** "123456789", whose CRC-32C is published as e3069283, in three chunks. */
const digits = ["123", "4567", "89"].map((text) => Buffer.from(text));

function sourceOf(pieces: readonly Uint8Array[]): ByteSource & { released: number } {
  const source = {
    released: 0,
    declaredLength: 9,
    async *chunks({ signal }: { signal: AbortSignal }) {
      for (const bytes of pieces) {
        if (signal.aborted) return;
        yield { bytes, release: () => void source.released++ };
      }
    },
  };
  return source;
}

async function drain(source: ByteSource, signal: AbortSignal): Promise<string> {
  let text = "";
  for await (const chunk of source.chunks({ position: 0, signal })) {
    text += Buffer.from(chunk.bytes).toString();
    chunk.release();
  }
  return text;
}

describe("parseChecksum", () => {
  it("is undefined without the header", () => {
    expect(parseChecksum({})).toBeUndefined();
  });

  it("reads each algorithm as hex", () => {
    for (const algorithm of ["sha1", "sha256", "md5"]) {
      const bytes = createHash(algorithm).update("x").digest();
      const expected = { algorithm, hex: bytes.toString("hex") };
      expect(parse(`${algorithm} ${bytes.toString("base64")}`)).toEqual(expected);
    }
    expect(parse("crc32c 4waSgw==")).toEqual({ algorithm: "crc32c", hex: "e3069283" });
  });

  it.each([
    "",
    "sha1",
    "sha1 ",
    "sha512 AAAA",
    "crc32c AAAA",
    "crc32c 4waSgw",
    "crc32c  4waSgw==",
    "crc32c 4waSgw== ",
    "CRC32C 4waSgw==",
    "crc32c e3069283",
    "toString 4waSgw==",
  ])("refuses %j", (header) => {
    expect(() => parse(header)).toThrow(invalid);
  });
});

describe("checkBody", () => {
  const never = new AbortController().signal;

  it("hands SHA and MD5 to the engine", () => {
    const source = sourceOf(digits);
    const checked = checkBody(source, { algorithm: "md5", hex: "00" });
    expect(checked).toEqual({ source, claimed: { md5: "00" }, onlyWhole: true });
  });

  it("asks nothing where nothing was claimed", () => {
    const source = sourceOf(digits);
    expect(checkBody(source, undefined)).toEqual({ source, claimed: {}, onlyWhole: false });
  });

  it("passes the bytes of a right CRC on, each chunk to be released once", async () => {
    const source = sourceOf(digits);
    const checked = checkBody(source, { algorithm: "crc32c", hex: "e3069283" });
    expect(checked).toMatchObject({ claimed: {}, onlyWhole: true });
    expect(checked.source.declaredLength).toBe(9);
    expect(await drain(checked.source, never)).toBe("123456789");
    expect(source.released).toBe(3);
  });

  it("throws at the end of bytes with another CRC, and names it with all its digits", async () => {
    const checked = checkBody(sourceOf([]), { algorithm: "crc32c", hex: "e3069283" });
    await expect(drain(checked.source, never)).rejects.toMatchObject({
      code: "digest-mismatch",
      facts: { algorithm: "crc32c", expected: "e3069283", actual: "00000000" },
    });
  });

  it("does not call a body that was given up a mismatch", async () => {
    const checked = checkBody(sourceOf(digits), { algorithm: "crc32c", hex: "e3069283" });
    expect(await drain(checked.source, AbortSignal.abort())).toBe("");
  });
});
