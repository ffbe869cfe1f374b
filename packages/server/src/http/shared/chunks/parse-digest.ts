import type { Digests } from "../../../core/blobs/digest.ts";
import { CoreError } from "../../../core/errors.ts";

/** A digest that says by its length what it is: 32 hex digits MD5, 40 SHA-1, 64 SHA-256. Throws `invalid-request`. */
export function parseHexDigest(text: string, field: string): Digests {
  const hex = /^[0-9a-f]+$/i.test(text) ? text.toLowerCase() : "";
  if (hex.length === 32) return { md5: hex };
  if (hex.length === 40) return { sha1: hex };
  if (hex.length === 64) return { sha256: hex };
  const reason = "not 32, 40 or 64 hex digits (MD5, SHA-1, SHA-256)";
  throw new CoreError("invalid-request", { field, reason });
}

/** Digits alone; throws `invalid-request`. A sign is understood so that −1 is out of range rather than no number. */
export function parseIndex(text: string, field: string): number {
  const value = /^-?[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new CoreError("invalid-request", { field, reason: "not a whole number" });
}
