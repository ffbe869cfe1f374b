import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addRange } from "../testing/model.ts";
import {
  contiguousEnd,
  isMissing,
  missingParts,
  missingWithin,
  planStretches,
  wholeParts,
} from "./ranges.ts";
import type { Range } from "./upload.ts";

const size = 60;
const range: fc.Arbitrary<Range> = fc
  .tuple(fc.nat(size), fc.nat(size))
  .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));
const held = fc
  .array(range, { maxLength: 6 })
  .map((ranges) => ranges.reduce<Range[]>((all, one) => addRange(all, one), []));
/** Rows with a CRC each stay apart though they touch. */
const cut = fc.tuple(held, fc.nat(size)).map(([ranges, at]) =>
  ranges.flatMap(({ start, end }) =>
    start < at && at < end
      ? [
          { start, end: at },
          { start: at, end },
        ]
      : [{ start, end }],
  ),
);

/** The same set, byte by byte. */
const bytesOf = (ranges: readonly Range[]): boolean[] =>
  Array.from({ length: size }, (_, byte) =>
    ranges.some(({ start, end }) => start <= byte && byte < end),
  );
const check = (...args: Parameters<typeof fc.assert>): void => {
  void fc.assert(args[0], { seed: 7, numRuns: 500 });
};

describe("ranges", () => {
  it("are planned as stretches that cover all of a body, held and missing in turn", () => {
    check(
      fc.property(cut, range, (ranges, body) => {
        const plan = planStretches(ranges, body);
        const expected = bytesOf(ranges);
        let position = body.start;
        plan.forEach((stretch, i) => {
          expect(stretch.start).toBe(position);
          expect(stretch.end).toBeGreaterThan(stretch.start);
          if (i > 0) expect(stretch.held).not.toBe(plan[i - 1]!.held);
          for (let byte = stretch.start; byte < stretch.end; byte++)
            expect(expected[byte] ?? false).toBe(stretch.held);
          position = stretch.end;
        });
        expect(position).toBe(body.end);
      }),
    );
  });

  it("end without a gap where the first byte is missing", () => {
    check(
      fc.property(cut, (ranges) => {
        const first = bytesOf(ranges).indexOf(false);
        expect(contiguousEnd(ranges)).toBe(first === -1 ? size : first);
      }),
    );
  });

  it("miss exactly the parts that are not wholly held", () => {
    check(
      fc.property(cut, fc.integer({ min: 1, max: 25 }), (ranges, partSize) => {
        const bytes = bytesOf(ranges);
        const expected = [];
        for (let part = 0; part * partSize < size; part++)
          if (bytes.slice(part * partSize, (part + 1) * partSize).includes(false))
            expected.push(part);
        expect(missingParts(ranges, { size, partSize })).toEqual(expected);
      }),
    );
    expect(missingParts([], { size: 0, partSize: 5 })).toEqual([]);
  });

  it("miss what is left of a stretch of them", () => {
    check(
      fc.property(cut, range, range, (ranges, body, within) => {
        const plan = planStretches(ranges, body);
        const missing = missingWithin(plan, within);
        const expected = bytesOf(ranges).map(
          (isHeld, byte) =>
            !isHeld &&
            body.start <= byte &&
            byte < body.end &&
            within.start <= byte &&
            byte < within.end,
        );
        expect(bytesOf(missing)).toEqual(expected);
        const inside = {
          start: Math.max(body.start, within.start),
          end: Math.min(body.end, within.end),
        };
        const isAllMissing = bytesOf(ranges)
          .slice(inside.start, inside.end)
          .every((isHeld) => !isHeld);
        if (inside.start < inside.end) expect(isMissing(plan, inside)).toBe(isAllMissing);
      }),
    );
  });

  it.each([
    ["two parts", { start: 10, end: 30 }, 60, { start: 10, end: 30 }],
    ["a part and a half", { start: 10, end: 25 }, 60, { start: 10, end: 20 }],
    ["half a part", { start: 10, end: 15 }, 60, undefined],
    ["nothing", { start: 10, end: 10 }, 60, undefined],
    ["the short last part", { start: 50, end: 55 }, 55, { start: 50, end: 55 }],
    ["a short part, the size unknown", { start: 50, end: 55 }, null, undefined],
  ])("hold as whole parts of %s", (_what, body, whole, expected) => {
    expect(wholeParts(body, { partSize: 10, size: whole })).toEqual(expected);
  });
});
