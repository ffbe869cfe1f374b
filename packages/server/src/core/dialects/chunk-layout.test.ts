import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunkRange, chunkSizeShownBy, onlyChunkSize, sortChunks } from "./chunk-layout.ts";

const layouts = fc
  .record({
    chunkSize: fc.integer({ min: 1, max: 1000 }),
    full: fc.nat(20),
    last: fc.integer({ min: 1, max: 1500 }),
  })
  .map(({ chunkSize, full, last }) => ({
    chunkSize: full === 0 ? last : chunkSize,
    totalChunks: full + 1,
    size: full * chunkSize + last,
  }));

describe("a layout of chunks", () => {
  it("is shown by any of its chunks", () => {
    fc.assert(
      fc.property(layouts, fc.nat(), (layout, some) => {
        const index = some % layout.totalChunks;
        const { start, end } = chunkRange(layout, index);
        expect(chunkSizeShownBy(layout, { index, length: end - start })).toBe(layout.chunkSize);
        expect([undefined, layout.chunkSize]).toContain(onlyChunkSize(layout));
      }),
    );
  });

  it("covers the file without a gap, and says which of it is held", () => {
    fc.assert(
      fc.property(layouts, fc.func(fc.boolean()), (layout, isHeld) => {
        const indices = Array.from({ length: layout.totalChunks }, (_, i) => i);
        const ranges = indices.map((index) => chunkRange(layout, index));
        expect(ranges[0]?.start).toBe(0);
        expect(ranges.at(-1)?.end).toBe(layout.size);
        for (const [i, range] of ranges.entries())
          if (i > 0) expect(range.start).toBe(ranges[i - 1]!.end);
        const held = ranges.filter((_, i) => isHeld(i));
        const { uploaded, missing } = sortChunks(layout, held);
        expect(uploaded).toEqual(indices.filter((i) => isHeld(i)));
        expect(missing).toEqual(indices.filter((i) => !isHeld(i)));
      }),
    );
  });
});
