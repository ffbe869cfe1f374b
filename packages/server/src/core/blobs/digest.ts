import { CoreError } from "../errors.ts";

/** SHA-256 is identity; the other two are checksums and lookup keys only. Values are lower-case hex. */
export type DigestAlgorithm = "sha256" | "sha1" | "md5";
export type Digests = Partial<Record<DigestAlgorithm, string>>;

const digestAlgorithms: readonly DigestAlgorithm[] = ["sha256", "sha1", "md5"];

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
