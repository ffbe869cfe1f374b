/**
 * tus 1.0.0 (https://tus.io/protocols/resumable-upload) as Sampan speaks it at `/files/`. What the protocol leaves open, and what
 * was chosen, is in docs/protocols/tus.md.
 */
export const tusVersion = "1.0.0";
export const bodyType = "application/offset+octet-stream";
export const basePath = "/files";

export const extensions = [
  "creation",
  "creation-with-upload",
  "creation-defer-length",
  "checksum",
  "expiration",
  "termination",
  "concatenation",
] as const;

export const checksumAlgorithms = ["sha1", "sha256", "md5", "crc32c"] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

export const methods = ["OPTIONS", "POST", "HEAD", "GET", "PATCH", "DELETE"] as const;
export type TusMethod = (typeof methods)[number];

/** What a browser's client may send … */
export const requestHeaders = [
  "Authorization",
  "Content-Type",
  "Tus-Resumable",
  "Upload-Checksum",
  "Upload-Concat",
  "Upload-Defer-Length",
  "Upload-Length",
  "Upload-Metadata",
  "Upload-Offset",
  "X-HTTP-Method-Override",
  "X-Request-ID",
  "X-Requested-With",
] as const;

/** … and what it may read of an answer. */
export const responseHeaders = [
  "Location",
  "Retry-After",
  "Tus-Checksum-Algorithm",
  "Tus-Extension",
  "Tus-Max-Size",
  "Tus-Resumable",
  "Tus-Version",
  "Upload-Concat",
  "Upload-Defer-Length",
  "Upload-Expires",
  "Upload-Length",
  "Upload-Metadata",
  "Upload-Offset",
] as const;
