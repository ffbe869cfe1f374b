import { blobSource, type UploadSource } from "@sampan/sdk";
import type { HashBlob } from "../hash/hash-pool.ts";

/** What is to be uploaded, and into which folder. */
export interface PlacedSource extends UploadSource {
  readonly parentId: string;
}

/** A chosen or dropped file for the engine; it is hashed in a worker while it is sent. */
export function fileSource(
  file: File,
  { hash, parentId, folderPath }: { hash: HashBlob; parentId: string; folderPath: string },
): PlacedSource {
  const path = folderPath === "" ? file.name : `${folderPath}/${file.name}`;
  return { ...blobSource(file, { path }), parentId, sha256: (options) => hash(file, options) };
}
