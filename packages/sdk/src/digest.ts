/** Digests: hex in JSON, RFC 9530 byte sequences (`sha-256=:<base64>:`) in headers. */
import { SampanError } from "./errors.ts";

/** An incremental SHA-256, for example from node:crypto or a WebAssembly library. */
export interface Hasher {
  /** A promise is waited for before the next call. */
  update(bytes: Uint8Array): unknown;
  /** Lower-case hex. */
  digest(): string | Promise<string>;
}

export type CreateHasher = () => Hasher | Promise<Hasher>;

const SHA256_HEX = /^[0-9a-f]{64}$/;

export function formatDigestHeader(sha256Hex: string): string {
  if (!SHA256_HEX.test(sha256Hex)) throw new TypeError("A SHA-256 is 64 lower-case hex digits");
  const bytes = sha256Hex.match(/../g) ?? [];
  const text = String.fromCharCode(...bytes.map((pair) => Number(`0x${pair}`)));
  return `sha-256=:${btoa(text)}:`;
}

/** The SHA-256 (hex) in a `Repr-Digest` or `Content-Digest`, or null when there is none. */
export function parseDigestHeader(header: string | null): string | null {
  const encoded = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(header ?? "")?.[1];
  return encoded === undefined ? null : toHex(Uint8Array.from(atob(encoded), codeAt));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Hashes bytes as they pass; resolves to lower-case hex. */
export async function hashChunks(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: HashChunksOptions,
): Promise<string> {
  const hasher = await options.createHasher();
  let hashedBytes = 0;
  for await (const chunk of chunks) {
    options.signal?.throwIfAborted();
    const pending = hasher.update(chunk);
    if (pending instanceof Promise) await pending;
    hashedBytes += chunk.byteLength;
    options.onProgress?.(hashedBytes);
  }
  return await hasher.digest();
}

export interface HashChunksOptions {
  createHasher: CreateHasher;
  signal?: AbortSignal | undefined;
  onProgress?: ((hashedBytes: number) => void) | undefined;
}

/** Fails with the server's own code, so that a caller sees one code for one fact. */
export function digestMismatch(facts: { expected: string; actual: string }): SampanError {
  return new SampanError("The bytes do not have the expected SHA-256", {
    code: "digest-mismatch",
    facts,
  });
}

function codeAt(character: string): number {
  return character.charCodeAt(0);
}
