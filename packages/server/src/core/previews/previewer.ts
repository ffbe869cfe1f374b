/** The port to what makes previews: small pictures and excerpts, out of bytes that nobody has vouched for. */

/** Part of the key of what is kept: a preview that would be made otherwise gets another word. */
export type PreviewKind = "image-256" | "image-1024" | "text";

/** Why there will never be one of this content. */
export type PreviewRefusal =
  | "unsupported"
  | "too-large"
  | "too-many-pixels"
  | "damaged"
  | "too-slow"
  | "crashed";

export interface PreviewSource {
  readonly size: number;
  /** Bytes `[start, end)`; a buffer is valid until the next is asked for. */
  read(range: { start: number; end: number }): AsyncIterable<Uint8Array>;
}

export interface Previewer {
  /**
   * `image-*`: WebP of at most so many pixels a side, upright, without metadata. `text`: UTF-8 of the first 64 KiB. The type is told by the
   * content. Throws `PreviewImpossible`; whatever else it throws may be otherwise another time.
   */
  make(
    request: { kind: PreviewKind; source: PreviewSource },
    signal: AbortSignal,
  ): Promise<Uint8Array>;
}

export class PreviewImpossible extends Error {
  override readonly name = "PreviewImpossible";
  readonly reason: PreviewRefusal;

  constructor(reason: PreviewRefusal, options?: ErrorOptions) {
    super(`no preview: ${reason}`, options);
    this.reason = reason;
  }
}
