import { createHash, randomBytes } from "node:crypto";

export const mebibyte = 1024 * 1024;

/** Bytes that no other test sends, so that nothing is ever found to be there already. */
export function freshBytes(length: number): Buffer {
  return randomBytes(length);
}

export function freshName(extension = "bin"): string {
  return `${randomBytes(8).toString("hex")}.${extension}`;
}

export function digest(algorithm: "sha256" | "sha1" | "md5", bytes: Uint8Array): Buffer {
  return createHash(algorithm).update(bytes).digest();
}

export function sha256(bytes: Uint8Array): string {
  return digest("sha256", bytes).toString("hex");
}
