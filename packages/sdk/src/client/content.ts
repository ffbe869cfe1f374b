/** What requests for content, of a file or an archive, have in common. */
import { parseDigestHeader } from "../digest.ts";
import type { ContentInfo, GetContent } from "./files.ts";
import { parseBytes } from "./uploads.ts";

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
