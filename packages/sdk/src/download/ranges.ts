import type { ByteRange } from "../source.ts";

/** Sorted, disjoint, never touching: the shortest description of a set of bytes. */
export function addRange(ranges: readonly ByteRange[], added: ByteRange): ByteRange[] {
  if (added.end <= added.start) return [...ranges];
  const before = ranges.filter((range) => range.end < added.start);
  const after = ranges.filter((range) => range.start > added.end);
  const touched = ranges.filter((range) => range.end >= added.start && range.start <= added.end);
  const start = Math.min(added.start, ...touched.map((range) => range.start));
  const end = Math.max(added.end, ...touched.map((range) => range.end));
  return [...before, { start, end }, ...after];
}

export function normalizeRanges(ranges: readonly ByteRange[]): ByteRange[] {
  return ranges.reduce<ByteRange[]>(addRange, []);
}

/** What of `[0, size)` is not in `ranges`, which must be normal. */
export function invertRanges(ranges: readonly ByteRange[], size: number): ByteRange[] {
  const gaps: ByteRange[] = [];
  let start = 0;
  for (const range of ranges) {
    if (range.start > start) gaps.push({ start, end: range.start });
    start = range.end;
  }
  if (start < size) gaps.push({ start, end: size });
  return gaps;
}

export function countBytes(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, range) => sum + range.end - range.start, 0);
}
