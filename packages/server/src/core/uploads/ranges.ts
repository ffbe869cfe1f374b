/** Arithmetic on sets of held bytes. A set is ascending, disjoint, half-open ranges. */
import type { Range } from "./upload.ts";

export interface Stretch extends Range {
  /** Whether these bytes are held already: an arriving body is compared there, not written. */
  readonly held: boolean;
}

/** Splits `[start, end)` into alternating held and missing stretches, in order, covering all of it. */
export function planStretches(held: readonly Range[], { start, end }: Range): Stretch[] {
  const plan: Stretch[] = [];
  if (start >= end) return plan;
  let position = start;
  for (const range of held) {
    if (range.end <= position) continue;
    if (range.start >= end) break;
    if (range.start > position) plan.push({ start: position, end: range.start, held: false });
    const from = Math.max(range.start, position);
    const to = Math.min(range.end, end);
    const last = plan.at(-1);
    if (last?.held && last.end === from) plan[plan.length - 1] = { ...last, end: to };
    else plan.push({ start: from, end: to, held: true });
    position = to;
  }
  if (position < end) plan.push({ start: position, end, held: false });
  return plan;
}

/** End of the gapless stretch from 0. */
export function contiguousEnd(held: readonly Range[]): number {
  let end = 0;
  for (const range of held) {
    if (range.start > end) break;
    end = Math.max(end, range.end);
  }
  return end;
}

/** Numbers of the parts that are not wholly held, ascending. */
export function missingParts(
  held: readonly Range[],
  { size, partSize }: { size: number; partSize: number },
): number[] {
  const missing: number[] = [];
  for (const gap of planStretches(held, { start: 0, end: size })) {
    if (gap.held) continue;
    const last = Math.ceil(gap.end / partSize);
    for (let part = Math.floor(gap.start / partSize); part < last; part++) {
      if (missing.at(-1) !== part) missing.push(part);
    }
  }
  return missing;
}

/** The parts wholly inside `[start, end)`, as a range; a part that ends the file counts though it is shorter. */
export function wholeParts(
  { start, end }: Range,
  { partSize, size }: { partSize: number; size: number | null },
): Range | undefined {
  const wholeEnd = end === size ? end : Math.floor(end / partSize) * partSize;
  return wholeEnd > start ? { start, end: wholeEnd } : undefined;
}

/** What of the missing stretches lies inside `range`. */
export function missingWithin(stretches: readonly Stretch[], { start, end }: Range): Range[] {
  return stretches
    .filter((stretch) => !stretch.held && stretch.end > start && stretch.start < end)
    .map((stretch) => ({ start: Math.max(stretch.start, start), end: Math.min(stretch.end, end) }));
}

/** Whether none of `range` is held. */
export function isMissing(stretches: readonly Stretch[], { start, end }: Range): boolean {
  return stretches.every(
    (stretch) => !stretch.held || stretch.end <= start || stretch.start >= end,
  );
}
