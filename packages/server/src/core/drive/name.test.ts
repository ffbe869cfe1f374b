import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isCoreError } from "../errors.ts";
import { nameKey } from "./name-key.ts";
import { parseName } from "./name.ts";

const refused = expect.objectContaining({ code: "name-refused" });

describe("a file's name", () => {
  it.each([
    "a",
    "report.pdf",
    ".hidden",
    "no extension",
    "two  spaces",
    "名字.txt",
    "naïve café.txt",
    "👩‍👩‍👧.png",
    "ab:c",
    "CON",
    "100%",
    "a+b=c;d,e'f\"g?h*i<j>k|l",
    "__proto__",
    "constructor",
    "a".repeat(255),
    "é".repeat(127),
    "%2e%2e%2f",
  ])("may be %j, and stays as it is", (name) => {
    expect(parseName(name)).toBe(name);
  });

  it.each([
    ["empty", ""],
    ["this folder", "."],
    ["the folder above", ".."],
    ["a way up", "../x"],
    ["a way up for Windows", "..\\x"],
    ["a drive", "C:\\x"],
    ["a drive without a separator", "c:x"],
    ["an absolute path", "/etc/passwd"],
    ["a path", "a/b"],
    ["NUL", "a\0b"],
    ["CR", "a\rb"],
    ["LF", "a\nb"],
    ["a tab", "a\tb"],
    ["escape", "a\u001b[31mb"],
    ["delete", "a\u007fb"],
    ["a C1 control", "a\u0085b"],
    ["right-to-left override", "a\u202egpj.exe"],
    ["left-to-right mark", "a\u200eb"],
    ["an isolate", "a\u2066b"],
    ["a byte order mark", "\ufeffa"],
    ["what invalid UTF-8 decodes to", "a\ufffdb"],
    ["half of a surrogate pair", "a\ud800b"],
    ["a dot at the end", "a."],
    ["a space at the end", "a "],
    ["a space in front", " a"],
    ["256 bytes", "a".repeat(256)],
    ["256 bytes in fewer characters", "é".repeat(128)],
    ["64 KiB", "a".repeat(65_536)],
  ])("is refused: %s", (_why, name) => {
    expect(() => parseName(name)).toThrow(refused);
  });

  it("is whatever passes, and harmless then; a refusal repeats nothing harmful", () => {
    const text = fc.string({ unit: "binary", maxLength: 300 });
    fc.assert(
      fc.property(text, (name) => {
        try {
          expect(parseName(name)).toBe(name);
          expect(name).not.toMatch(/[\\/\0-\x1f\x7f]/u);
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
          expect(Buffer.from(name).toString()).toBe(name);
        } catch (error) {
          if (!isCoreError(error, "name-refused")) throw error;
          expect(error.facts.name).not.toMatch(/[\0-\x1f\x7f\u202e]/u);
          expect(error.facts.name.length).toBeLessThanOrEqual(300);
        }
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});

describe("twins", () => {
  it.each([
    ["letter case", "Report.PDF", "report.pdf"],
    ["normal form", "caf\u00e9", "cafe\u0301"],
    ["both", "CAF\u00c9", "cafe\u0301"],
    ["a letter that lower case takes apart", "\u0130", "i\u0307"],
    ["the Ångström sign", "\u212b", "\u00e5"],
  ])("differ only in %s", (_how, one, other) => {
    expect(nameKey(one)).toBe(nameKey(other));
  });

  it("are not whatever looks alike", () => {
    expect(nameKey("a")).not.toBe(nameKey("а"));
    expect(nameKey("a")).not.toBe(nameKey("a "));
    expect(nameKey("ss")).not.toBe(nameKey("ß"));
  });

  it("have a key that is its own key", () => {
    const text = fc.string({ unit: "binary", maxLength: 50 });
    fc.assert(
      fc.property(text, (name) => {
        expect(nameKey(nameKey(name))).toBe(nameKey(name));
      }),
      { seed: 7, numRuns: 1_000 },
    );
  });
});
