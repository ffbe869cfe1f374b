import type { RequestBody } from "../transport.ts";

export interface BatchEntry {
  name: string;
  /** ≤ the server's `maxBatchFileBytes`. */
  bytes: Uint8Array;
  sha256?: string | undefined;
  mediaType?: string | undefined;
}

/**
 * `application/vnd.sampan.batch`: per file one line of JSON `{name, size, sha256?, mediaType?}`, a
 * line feed, then exactly `size` bytes. Nothing is copied.
 */
export function encodeBatch(entries: readonly BatchEntry[]): RequestBody {
  const encoder = new TextEncoder();
  const content = entries.flatMap(({ name, bytes, sha256, mediaType }) => {
    const header = { name, size: bytes.byteLength, sha256, mediaType };
    return [encoder.encode(`${JSON.stringify(header)}\n`), bytes];
  });
  return { byteLength: content.reduce((sum, part) => sum + part.byteLength, 0), content };
}
