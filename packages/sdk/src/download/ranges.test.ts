import fc from "fast-check";
import { expect, test } from "vitest";
import { addRange, countBytes, invertRanges, normalizeRanges } from "./ranges.ts";

test("joins ranges that touch or overlap", () => {
  const ranges = normalizeRanges([
    { start: 10, end: 20 },
    { start: 0, end: 5 },
    { start: 5, end: 8 },
    { start: 18, end: 30 },
  ]);
  expect(ranges).toEqual([
    { start: 0, end: 8 },
    { start: 10, end: 30 },
  ]);
  expect(countBytes(ranges)).toBe(28);
});

test("ignores an empty range", () => {
  expect(addRange([], { start: 4, end: 4 })).toEqual([]);
});

test("held ranges and gaps always make up the whole, byte by byte", () => {
  const range = fc
    .tuple(fc.nat(40), fc.nat(40))
    .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));
  fc.assert(
    fc.property(fc.array(range), (ranges) => {
      const held = normalizeRanges(ranges);
      const gaps = invertRanges(held, 40);
      const has = (list: typeof ranges, byte: number): boolean =>
        list.some(({ start, end }) => start <= byte && byte < end);
      for (let byte = 0; byte < 40; byte += 1) {
        expect(has(held, byte)).toBe(has(ranges, byte));
        expect(has(gaps, byte)).toBe(!has(ranges, byte));
      }
    }),
  );
});
