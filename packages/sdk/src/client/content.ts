/** What requests for content, of a file or an archive, have in common. */
import type { CallOptions } from "../call.ts";
import { parseDigestHeader } from "../digest.ts";
import { parseBytes } from "./uploads.ts";

export interface GetContent extends CallOptions {
  /** First and last byte, both included, as HTTP counts. */
  range?: { first: number; last: number } | undefined;
  /** A strong ETag: other content is then answered whole, with 200. */
  ifRange?: string | undefined;
  ifNoneMatch?: string | undefined;
}

export interface ContentInfo {
  size: number;
  etag: string | null;
  /** Hex, from `Repr-Digest`. */
  sha256: string | null;
  mediaType: string | null;
}

export function readContentInfo({ headers }: Response): ContentInfo {
  return {
    size: parseBytes(headers.get("content-length")),
    etag: headers.get("etag"),
    sha256: parseDigestHeader(headers.get("repr-digest")),
    mediaType: headers.get("content-type"),
  };
}

export function rangeHeaders({ range, ifRange, ifNoneMatch }: GetContent) {
  return {
    Range: range === undefined ? undefined : `bytes=${range.first}-${range.last}`,
    "If-Range": ifRange,
    "If-None-Match": ifNoneMatch,
  };
}
