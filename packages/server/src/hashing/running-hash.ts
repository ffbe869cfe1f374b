/** One digest on its way: SHA by OpenSSL, MD5 by lanes that all messages of this thread share. */
import { createHash, type Hash } from "node:crypto";
import type { DigestAlgorithm } from "../core/blobs/digest.ts";
import { createMd5Lanes, type Md5Lanes } from "./md5/md5-lanes.ts";

export interface RunningHash {
  /** Resolves when the memory may be used again; undefined when it may already. One call at a time. */
  append(bytes: Uint8Array): Promise<void> | undefined;
  /** Lower-case hex, of what has been appended; it goes on. */
  digest(): string;
  copy(): RunningHash;
}

let lanes: Md5Lanes | undefined;

export function openHash(algorithm: DigestAlgorithm): RunningHash {
  if (algorithm === "md5") return (lanes ??= createMd5Lanes()).open();
  return runHash(createHash(algorithm));
}

function runHash(hash: Hash): RunningHash {
  return {
    append: (bytes) => void hash.update(bytes),
    digest: () => hash.copy().digest("hex"),
    copy: () => runHash(hash.copy()),
  };
}
