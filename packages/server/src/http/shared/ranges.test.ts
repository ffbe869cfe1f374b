import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRange } from "./ranges.ts";

const whole = { kind: "whole" };
const unsatisfiable = { kind: "unsatisfiable" };
const ranges = (...pairs: [number, number][]) => ({
  kind: "ranges",
  ranges: pairs.map(([start, end]) => ({ start, end })),
});

const pairs = (count: number) =>
  Array.from({ length: count }, (_, i): [number, number] => [10 * i, 10 * i + 1]);
const spread = (count: number) =>
  pairs(count)
    .map(([first]) => `${first}-${first}`)
    .join();

describe("RFC 9110 §14: Range", () => {
  it.each([
    ["nothing asked", undefined, whole],
    ["the first 500 bytes", "bytes=0-499", ranges([0, 500])],
    ["the second 500 bytes", "bytes=500-999", ranges([500, 1000])],
    ["the last 500 bytes", "bytes=-500", ranges([9500, 10_000])],
    ["from 9500 on", "bytes=9500-", ranges([9500, 10_000])],
    ["first and last byte", "bytes=0-0,-1", ranges([0, 1], [9999, 10_000])],
    ["spaces and letter case", "Bytes = 0-1 , 4-5", ranges([0, 2], [4, 6])],
    ["past the end, cut to it", "bytes=9990-20000", ranges([9990, 10_000])],
    ["a suffix longer than the file", "bytes=-20000", ranges([0, 10_000])],
    ["order as asked", "bytes=100-199,0-9", ranges([100, 200], [0, 10])],
    ["an unsatisfiable one beside a satisfiable", "bytes=20000-,0-0", ranges([0, 1])],
    ["beyond the end", "bytes=10000-", unsatisfiable],
    ["no last bytes", "bytes=-0", unsatisfiable],
    ["backwards", "bytes=5-2", whole],
    ["backwards beside a sound one", "bytes=0-1,5-2", whole],
    ["no numbers", "bytes=-", whole],
    ["an empty set", "bytes=", whole],
    ["an empty member", "bytes=0-1,,4-5", whole],
    ["another unit", "lines=0-4", whole],
    ["words", "bytes=a-b", whole],
    ["signs", "bytes=+1-2", whole],
    ["decimals", "bytes=0.5-1", whole],
    ["hexadecimal", "bytes=0x0-0x5", whole],
    ["overlapping, joined", "bytes=0-10,5-15", ranges([0, 16])],
    ["touching, joined", "bytes=0-4,5-9", ranges([0, 10])],
    ["one inside another", "bytes=0-99,10-19", ranges([0, 100])],
    ["a chain, in any order", "bytes=20-29,0-9,10-19", ranges([0, 30])],
    ["joined in the place of the first", "bytes=90-99,0-9,5-15", ranges([90, 100], [0, 16])],
    ["one byte apart", "bytes=0-4,6-9", ranges([0, 5], [6, 10])],
    ["the same twice", "bytes=0-0,0-0", ranges([0, 1])],
    ["16", `bytes=${spread(16)}`, ranges(...pairs(16))],
    ["17", `bytes=${spread(17)}`, whole],
    ["17 of which most cannot be satisfied", `bytes=0-0,${"20000-,".repeat(15)}20000-`, whole],
    ["1,000 overlapping", `bytes=${"0-,".repeat(999)}0-`, whole],
    [
      "1,000 apart",
      `bytes=${Array.from({ length: 1000 }, (_, i) => `${i * 2}-${i * 2}`).join()}`,
      whole,
    ],
    ["more digits than there are bytes", "bytes=0-99999999999999999999", whole],
  ])("%s: %s", (_name, header, expected) => {
    expect(parseRange(header, 10_000)).toEqual(expected);
  });

  it("has nothing to give of an empty file", () => {
    expect(parseRange("bytes=0-", 0)).toEqual(unsatisfiable);
    expect(parseRange("bytes=-1", 0)).toEqual(unsatisfiable);
    expect(parseRange(undefined, 0)).toEqual(whole);
  });

  it("answers anything with ranges inside the file, apart from each other, or with no range", () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from("0123456789-,= bytes\t")) });
    fc.assert(
      fc.property(text, fc.nat(1_000), (set, size) => {
        const answer = parseRange(`bytes=${set}`, size);
        if (answer.kind !== "ranges") return;
        const sorted = answer.ranges.toSorted((a, b) => a.start - b.start);
        sorted.forEach(({ start, end }, i) => {
          expect(start).toBeLessThan(end);
          expect(start).toBeGreaterThan(sorted[i - 1]?.end ?? -1);
          expect(end).toBeLessThanOrEqual(size);
        });
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});
