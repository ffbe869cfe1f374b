/** What a preview may cost. */
export const previewLimits = {
  /** A larger picture gets none: it would have to be read whole. */
  maxImageBytes: 128 * 1024 * 1024,
  /** A picture is decoded into three or four bytes a pixel. */
  maxPixels: 100_000_000,
  maxTextBytes: 64 * 1024,
  maxOutputBytes: 2 * 1024 * 1024,
  /** Bytes of a content that its type shows in. */
  headBytes: 4_100,
  /** The decoder is asked to stop after this; the process is killed a little later. */
  workMs: 20_000,
  killMs: 25_000,
  /** Of the preview process, all in all. */
  maxResidentBytes: 1024 * 1024 * 1024,
  /** An idle process is let go. */
  idleMs: 60_000,
} as const;
