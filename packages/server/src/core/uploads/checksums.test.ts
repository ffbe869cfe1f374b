import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addRange } from "../testing/model.ts";
import { contentOf } from "../testing/sources.ts";
import { createChecksumRuns } from "./checksums.ts";
import { missingWithin, planStretches } from "./ranges.ts";
import type { Range } from "./upload.ts";

const size = 200;
const content = contentOf(1, size);

describe("checksum runs", () => {
  it("cover exactly what was missing, and each is the CRC of its bytes, however they are cut and taken", () => {
    const held = fc
      .array(fc.tuple(fc.nat(size), fc.nat(size)), { maxLength: 4 })
      .map((pairs) =>
        pairs.reduce<Range[]>(
          (all, [a, b]) => addRange(all, { start: Math.min(a, b), end: Math.max(a, b) }),
          [],
        ),
      );
    const cuts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 10 });
    const property = fc.property(held, cuts, fc.array(fc.nat(size)), (ranges, pieces, takes) => {
      const stretches = planStretches(ranges, { start: 0, end: size });
      const runs = createChecksumRuns(stretches);
      const taken: { start: number; end: number; crc32: number | null }[] = [];
      let position = 0;
      for (let turn = 0; position < size; turn++) {
        const piece = content.subarray(position, position + pieces[turn % pieces.length]!);
        runs.add(piece, position);
        position += piece.length;
        const until = Math.min(position, takes[turn] ?? 0);
        const now = runs.take(until);
        for (const run of now) expect(run.end).toBeLessThanOrEqual(until);
        taken.push(...now);
      }
      taken.push(...runs.take(size));
      expect(runs.take(size)).toEqual([]);
      for (const { start, end, crc32: crc } of taken)
        expect(crc).toBe(crc32(content.subarray(start, end)));
      const covered = taken.reduce<Range[]>((all, { start, end }) => {
        expect(missingWithin(planStretches(all, { start, end }), { start, end })).toEqual([
          { start, end },
        ]);
        return addRange(all, { start, end });
      }, []);
      expect(covered).toEqual(missingWithin(stretches, { start: 0, end: size }));
    });
    fc.assert(property, { seed: 7, numRuns: 300 });
  });

  it("end after some mebibytes, so that a checkpoint finds some that have ended", () => {
    const mebibyte = new Uint8Array(1024 * 1024);
    const runs = createChecksumRuns([{ start: 0, end: 40 * mebibyte.length, held: false }]);
    for (let i = 0; i < 20; i++) runs.add(mebibyte, i * mebibyte.length);
    expect(runs.take(20 * mebibyte.length).length).toBeGreaterThan(1);
  });
});
