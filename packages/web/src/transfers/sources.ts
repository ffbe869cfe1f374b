import { blobSource, type UploadSource } from "@sampan/sdk";
import type { HashBlob } from "../hash/hash-pool.ts";

/** A chosen or dropped file for the engine; it is hashed in a worker while it is sent. */
export function fileSource(file: File, hash: HashBlob): UploadSource {
  return { ...blobSource(file), sha256: (options) => hash(file, options) };
}
