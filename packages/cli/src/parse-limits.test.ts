import { expect, test } from "vitest";
import { parseByteCount, parseCount, parseExpiry } from "./parse-limits.ts";

test.each([
  ["0", 0],
  ["500", 500],
  ["500B", 500],
  ["10k", 10_240],
  ["1.5M", 1_572_864],
  ["10 GiB", 10 * 1024 ** 3],
  ["2tb", 2 * 1024 ** 4],
])("%j is %d bytes", (text, bytes) => {
  expect(parseByteCount(text, "--max-size")).toBe(bytes);
});

test.each(["", "-1", "1e3", "ten", "10X", "1.2.3", "99999999T", "0x10"])(
  "%j is no size",
  (text) => {
    expect(() => parseByteCount(text, "--max-size")).toThrow("--max-size is a size");
  },
);

test.each(["0", "-1", "1.5", "12abc", ""])("%j is no count", (text) => {
  expect(() => parseCount(text, "--downloads")).toThrow("--downloads is a whole number");
});

const now = Date.parse("2026-11-21T06:20:00Z");

test.each([
  ["30m", "2026-11-21T06:50:00.000Z"],
  ["12h", "2026-11-21T18:20:00.000Z"],
  ["7d", "2026-11-28T06:20:00.000Z"],
  ["2w", "2026-12-05T06:20:00.000Z"],
  ["2027-01-31T10:00Z", "2027-01-31T10:00:00.000Z"],
  ["2027-01-31T10:00:30+02:00", "2027-01-31T08:00:30.000Z"],
])("%j ends at %s", (text, at) => {
  expect(parseExpiry(text, { flag: "--expires", now })).toBe(at);
});

test("a date is the beginning of that day where one is", () => {
  const at = parseExpiry("2027-01-31", { flag: "--expires", now });
  expect(new Date(at).getTime()).toBe(new Date(2027, 0, 31).getTime());
});

test.each(["7", "d", "1y", "2027-13-01", "2027-02-30T", "tomorrow", "1.5d", ""])(
  "%j is no time",
  (text) => {
    expect(() => parseExpiry(text, { flag: "--expires", now })).toThrow("--expires is a time");
  },
);

test.each(["2026-11-20", "0d", "2020-01-01T00:00Z"])("%j is over", (text) => {
  expect(() => parseExpiry(text, { flag: "--expires", now })).toThrow("in the past");
});
