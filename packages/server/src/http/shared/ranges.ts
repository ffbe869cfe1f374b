/** RFC 9110 §14: which bytes are asked for. Anything malformed or unreasonable means the whole file, as §14.2 allows. */

/** Half-open. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export type RangeAnswer =
  | { readonly kind: "whole" }
  | { readonly kind: "ranges"; readonly ranges: readonly ByteRange[] }
  | { readonly kind: "unsatisfiable" };

/** More than this, or ranges that overlap, is an attack or a mistake: the whole file costs less. */
const maxRanges = 16;
const whole: RangeAnswer = { kind: "whole" };

export function parseRange(header: string | undefined, size: number): RangeAnswer {
  const specs =
    header === undefined ? undefined : /^bytes *= *(.+)$/i.exec(header)?.[1]?.split(",");
  if (!specs) return whole;
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const match = /^\s*([0-9]{0,16})-([0-9]{0,16})\s*$/.exec(spec);
    if (!match || (match[1] === "" && match[2] === "")) return whole;
    const [first, last] = [match[1]!, match[2]!];
    if (first !== "" && last !== "" && Number(last) < Number(first)) return whole;
    const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
    const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
    if (start < end) ranges.push({ start, end });
  }
  if (ranges.length === 0) return { kind: "unsatisfiable" };
  if (ranges.length > maxRanges || hasOverlap(ranges)) return whole;
  return { kind: "ranges", ranges };
}

function hasOverlap(ranges: readonly ByteRange[]): boolean {
  const sorted = ranges.toSorted((a, b) => a.start - b.start);
  return sorted.some((range, i) => i > 0 && range.start < sorted[i - 1]!.end);
}
