/**
 * A blob's content is an ordered list of segments: stretches of stored files. Most blobs are one whole file; small files are a
 * stretch of a shared pack; joined uploads are several. Completion is therefore a row, never a copy.
 */
export type StoredKind = "blob" | "pack";

export interface ManifestSegment {
  /** Stored file id = its name in the store; a name is never used twice. */
  readonly stored: string;
  readonly kind: StoredKind;
  /** Bytes into the stored file. */
  readonly offset: number;
  readonly length: number;
}

export type Manifest = readonly ManifestSegment[];

/** The segments that hold bytes `[start, end)` of the blob, trimmed to them. */
export function sliceManifest(
  manifest: Manifest,
  { start, end }: { start: number; end: number },
): ManifestSegment[] {
  const slices: ManifestSegment[] = [];
  let position = 0;
  for (const segment of manifest) {
    const from = Math.max(start, position);
    const to = Math.min(end, position + segment.length);
    if (from < to)
      slices.push({ ...segment, offset: segment.offset + (from - position), length: to - from });
    position += segment.length;
  }
  return slices;
}
