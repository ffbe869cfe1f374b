/** Strict parsing of the headers that several dialects share. */
import { CoreError } from "../../core/errors.ts";
import type { DigestAlgorithm, Digests } from "../../core/blobs/digest.ts";

/** A non-negative integer of bytes: digits only, ≤ 2⁵³−1; throws `invalid-request`. */
export function parseBytes(text: string, field: string): number {
  const value = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) {
    throw new CoreError("invalid-request", { field, reason: "not a whole number of bytes" });
  }
  return value;
}

/** Whether a header or field is one value: `undefined` when absent; throws when repeated. */
export function single(value: string | string[] | undefined, field: string): string | undefined {
  if (Array.isArray(value))
    throw new CoreError("invalid-request", { field, reason: "given more than once" });
  return value;
}

const wireNames = new Map<string, DigestAlgorithm>([
  ["sha-256", "sha256"],
  ["sha", "sha1"],
  ["sha-1", "sha1"],
  ["md5", "md5"],
]);
const byteLengths: Record<DigestAlgorithm, number> = { sha256: 32, sha1: 20, md5: 16 };

/** RFC 9530 `Content-Digest` / `Repr-Digest`: a dictionary of byte sequences; unknown algorithms are ignored, as it asks. */
export function parseDigestHeader(value: string | undefined, field: string): Digests {
  const digests: Digests = {};
  if (value === undefined) return digests;
  for (const member of value.split(",")) {
    const match = /^\s*([a-z0-9-]+)=:([A-Za-z0-9+/]*={0,2}):\s*$/.exec(member);
    if (!match)
      throw new CoreError("invalid-request", {
        field,
        reason: "not an RFC 9530 digest dictionary",
      });
    const algorithm = wireNames.get(match[1]!);
    if (algorithm === undefined) continue;
    const bytes = Buffer.from(match[2]!, "base64");
    if (bytes.length !== byteLengths[algorithm]) {
      throw new CoreError("invalid-request", {
        field,
        reason: `a ${match[1]} digest has ${byteLengths[algorithm]} bytes`,
      });
    }
    digests[algorithm] = bytes.toString("hex");
  }
  return digests;
}

export function formatDigestHeader({ sha256 }: Digests): string | undefined {
  return sha256 === undefined
    ? undefined
    : `sha-256=:${Buffer.from(sha256, "hex").toString("base64")}:`;
}

/** RFC 9651 boolean. */
export function parseStructuredBoolean(
  text: string | undefined,
  field: string,
): boolean | undefined {
  if (text === undefined) return undefined;
  if (text !== "?0" && text !== "?1")
    throw new CoreError("invalid-request", { field, reason: "not ?0 or ?1" });
  return text === "?1";
}
