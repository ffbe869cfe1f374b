import type { Hasher } from "@sampan/sdk";
import { createSha256 } from "./sha256.ts";

/** For content that is in memory already: the browser's own hash, where the page may use it. */
export function createSmallHasher(): Hasher {
  if (!isSecureContext) return createSha256();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  return {
    update: (bytes) => pieces.push(new Uint8Array(bytes)),
    async digest() {
      const content = await new Blob(pieces).arrayBuffer();
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
      return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    },
  };
}
