import { describe, expect, it } from "vitest";
import { assertMayBegin, createDiskUse, type DiskReport } from "./disk-use.ts";

describe("the use of a volume", () => {
  it("is told when it crosses a mark, and stops what is new above the second", async () => {
    let usedBytes = 50;
    const seen: DiskReport["state"][] = [];
    const marks = { warningPercent: 80, stopPercent: 95 };
    const space = async () => ({ usedBytes, freeBytes: 100 - usedBytes });
    const use = createDiskUse(space, { ...marks, onChange: ({ state }) => seen.push(state) });
    for (usedBytes of [50, 80, 90]) await assertMayBegin(use, 1);
    usedBytes = 96;
    await expect(assertMayBegin(use, 1)).rejects.toMatchObject({ code: "disk-full" });
    usedBytes = 10;
    await assertMayBegin(use, 1);
    expect(seen).toEqual(["warning", "stopped", "ok"]);
  });
});
