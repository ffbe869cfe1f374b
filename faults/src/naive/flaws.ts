/**
 * The mistakes that the naive server can be told to make (`NAIVE_FLAW`), one for each thing that the
 * harness must be able to see. Without a flaw it is slow and simple, and keeps its promises.
 *
 * - `no-fsync`: writes, and never flushes. Survives kill -9; a power cut loses acknowledged bytes.
 * - `ack-early`: answers first, and writes its journal 30 ms later. Every kill loses something.
 * - `forgets-deletes`: a deletion is not journalled. Deleted files come back.
 * - `swallows-errors`: a failed write or flush of content is ignored and answered 2xx.
 * - `counts-declared`: a cut append is counted by its Content-Length, not by what arrived.
 */
export const FLAWS = [
  "none",
  "no-fsync",
  "ack-early",
  "forgets-deletes",
  "swallows-errors",
  "counts-declared",
] as const;

export type Flaw = (typeof FLAWS)[number];

export function readFlaw(value: string | undefined): Flaw {
  const flaw = FLAWS.find((known) => known === (value ?? "none"));
  if (flaw === undefined) throw new Error(`unknown NAIVE_FLAW ${value}`);
  return flaw;
}
