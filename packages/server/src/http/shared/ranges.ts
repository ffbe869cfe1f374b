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

/** More than this is an attack or a mistake: the whole file costs less. */
const maxRanges = 16;
const whole: RangeAnswer = { kind: "whole" };

export function parseRange(header: string | undefined, size: number): RangeAnswer {
  const specs =
    header === undefined ? undefined : /^bytes *= *(.+)$/i.exec(header)?.[1]?.split(",");
  if (!specs || specs.length > maxRanges) return whole;
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
  return { kind: "ranges", ranges: joinRanges(ranges) };
}

/**
 * §15.3.7.2: those that overlap or touch become one, so that no byte is sent twice. The order asked for stays, each joined range in the place of
 * its first: who wants the end first has a reason.
 */
function joinRanges(ranges: readonly ByteRange[]): ByteRange[] {
  const joined: { start: number; end: number; turn: number }[] = [];
  const inOrder = ranges.map((range, turn) => ({ ...range, turn }));
  for (const range of inOrder.toSorted((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last && range.start <= last.end) {
      last.end = Math.max(last.end, range.end);
      last.turn = Math.min(last.turn, range.turn);
    } else {
      joined.push(range);
    }
  }
  return joined.toSorted((a, b) => a.turn - b.turn).map(({ start, end }) => ({ start, end }));
}
