import { CoreError } from "../errors.ts";

/** SHA-256 is identity; the other two are checksums and lookup keys only. Values are lower-case hex. */
export type DigestAlgorithm = "sha256" | "sha1" | "md5";
export type Digests = Partial<Record<DigestAlgorithm, string>>;

const HEX_LENGTH: Record<DigestAlgorithm, number> = { sha256: 64, sha1: 40, md5: 32 };
export const digestAlgorithms = Object.keys(HEX_LENGTH) as DigestAlgorithm[];

/** Parses a hex digest of the given algorithm, any case. Throws `invalid-request` naming `field`. */
export function parseDigest(
  text: string,
  { algorithm, field }: { algorithm: DigestAlgorithm; field: string },
): string {
  if (text.length !== HEX_LENGTH[algorithm] || !/^[0-9a-fA-F]+$/.test(text)) {
    throw new CoreError("invalid-request", { field, reason: `not a ${algorithm} digest in hex` });
  }
  return text.toLowerCase();
}

/** Throws `digest-mismatch` for the first claim that the bytes do not bear out. */
export function assertDigests(actual: Digests, claimed: Digests): void {
  for (const algorithm of digestAlgorithms) {
    const expected = claimed[algorithm];
    const found = actual[algorithm];
    if (expected !== undefined && expected !== found) {
      throw new CoreError("digest-mismatch", { algorithm, expected, actual: found ?? "" });
    }
  }
}
