import { expect, test } from "vitest";
import {
  displayWidth,
  fitText,
  formatBar,
  formatBytes,
  formatDuration,
  parseDuration,
  printable,
} from "./format.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 KiB"],
  [1_048_576, "1.0 MiB"],
  [300_000_000, "286 MiB"],
  [2 ** 53 - 1, "8.0 PiB"],
])("%i bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0, "0:00"],
  [59.6, "1:00"],
  [754, "12:34"],
  [11_045, "3:04:05"],
  [Infinity, "-:--"],
])("%d seconds are %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test.each([
  ["90", 90_000],
  ["90s", 90_000],
  ["2m", 120_000],
  ["1h", 3_600_000],
  ["500ms", 500],
  ["0", 0],
  ["1.5", null],
  ["-1", null],
  ["2 m", null],
  ["m", null],
  ["", null],
])("the duration %j is %d ms", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test("a bar is always as wide as asked", () => {
  expect(formatBar(0, 4)).toBe("░░░░");
  expect(formatBar(0.5, 4)).toBe("██░░");
  expect(formatBar(7, 4)).toBe("████");
});

test("East Asian characters count as two columns, combining marks as none", () => {
  expect(displayWidth("abc")).toBe(3);
  expect(displayWidth("视频.mp4")).toBe(8);
  expect(displayWidth("e\u0301")).toBe(1);
});

test.each([
  "short",
  "a very long file name indeed.txt",
  "非常长的文件名称非常长的文件名称.bin",
  "",
])("fits %j into exactly the columns it has", (text) => {
  for (const width of [2, 9, 10, 11, 20]) expect(displayWidth(fitText(text, width))).toBe(width);
});

test("a long name keeps its beginning and its extension", () => {
  expect(fitText("a very long file name.txt", 12)).toBe("a very…e.txt");
});

test("what could steer a terminal is spelt out", () => {
  expect(printable("a\u001b[31m\nb\u202ec")).toBe("a\\u{1b}[31m\\u{a}b\\u{202e}c");
});
