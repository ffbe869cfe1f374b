import { createHash } from "node:crypto";
import type { Hasher } from "../digest.ts";

/** SHA-256 on the calling thread, for small stretches. */
export function createNodeHasher(): Hasher {
  const hash = createHash("sha256");
  return {
    update: (bytes) => hash.update(bytes),
    digest: () => hash.digest("hex"),
  };
}
