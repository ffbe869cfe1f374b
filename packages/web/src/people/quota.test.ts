import { describe, expect, it } from "vitest";
import { formatQuota, parseQuota } from "./quota.ts";

describe("a quota that is typed", () => {
  it("is decimal gigabytes, with a point or a comma, and comes back as it was", () => {
    expect(parseQuota("50")).toBe(50e9);
    expect(parseQuota(" 1,5 ")).toBe(1.5e9);
    expect(formatQuota(1.5e9)).toBe("1.5");
    expect(parseQuota(formatQuota(123_456_789))).toBe(123_456_789);
  });

  it("is none where nothing is typed, and refused where that is no number", () => {
    expect(parseQuota("  ")).toBeNull();
    for (const text of ["12abc", "-1", "1e9", "NaN", "99999999999"])
      expect(parseQuota(text), text).toBeUndefined();
  });
});
