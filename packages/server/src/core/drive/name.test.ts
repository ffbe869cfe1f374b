import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isCoreError } from "../errors.ts";
import { dropHidden, findHidden } from "./hidden.ts";
import { nameKey } from "./name-key.ts";
import { parseName } from "./name.ts";

/** Text of what is visible, and what is not, in several scripts. */
const spoofs = fc
  .array(
    fc.oneof(
      fc.constantFrom("a", ".", " ", "م", "ی", "क", "्", "葛", "👩", "❤", "🏴", "1", "é", "e\u0301"),
      fc.constantFrom("\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\ufe0f", "\u{e0100}"),
      fc.constantFrom("\u00ad", "\u061c", "\u2028", "\u2060", "\u202e", "\u2066", "\u3164"),
      fc.constantFrom("\u{e0067}", "\u{e007f}", "\u00a0", "\u2800", "\ufffd", "\ud800"),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(""));

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
    "❤️‍🔥 1️⃣ ✔︎ 🧑🏽‍🦰 🏴‍☠️ 🏳️‍🌈.txt",
    "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}.png",
    "می\u200cخواهم.txt",
    "کتاب\u200cها",
    "۱۴۰۰ ه\u200d.pdf",
    "ශ්\u200dරී ලංකා.docx",
    "र्\u200dय क्\u200cष",
    "র\u200d্যাব.mp4",
    "葛\u{e0100}飾区.xlsx",
    "ᠮᠣᠩᠭᠣᠯ\u180eᠠ",
    "កម្ពុជា\u200bថ្មី.pdf",
    "Screenshot at 9.41.00\u202fAM.png",
    "全角　空白.txt",
    "नमस्ते दुनिया.txt",
    "สวัสดี.txt",
    "한글.txt",
    "aux.c",
    "NUL.txt",
    "com1",
    "...three dots in front",
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
    ["right-to-left mark in front", "\u200fa"],
    ["Arabic letter mark", "a\u061cb"],
    ["zero width space", "a\u200bb"],
    ["zero width non-joiner among Latin letters", "a\u200cb"],
    ["zero width joiner among Latin letters", "photo.e\u200dxe"],
    ["a joiner in front", "\u200dمی"],
    ["two joiners", "می\u200c\u200cخواهم"],
    ["a joiner after a digit", "۱\u200d۲"],
    ["soft hyphen", "a\u00adb"],
    ["word joiner", "a\u2060b"],
    ["an invisible operator", "a\u2062b"],
    ["combining grapheme joiner", "a\u034fb"],
    ["a Hangul filler", "a\u3164b"],
    ["nothing but a Hangul filler", "\u3164"],
    ["a variation selector after a letter", "a\ufe0fb"],
    ["an ideographic selector after a letter", "a\u{e0101}b"],
    ["tags, which spell what nobody sees", "a\u{e0065}\u{e0078}\u{e0065}"],
    ["a music format character", "a\u{1d173}b"],
    ["a line separator", "a\u2028b"],
    ["a paragraph separator", "a\u2029b"],
    ["an annotation", "a\ufff9b"],
    ["a noncharacter", "a\uffffb"],
    ["a no-break space at the end", "a\u00a0"],
    ["an ideographic space in front", "\u3000a"],
    ["an empty braille cell", "\u2800"],
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

  it("is refused with the character that is wrong", () => {
    expect(() => parseName("a\u202egpj.exe")).toThrow(
      expect.objectContaining({
        facts: { name: "agpj.exe", reason: expect.stringContaining("U+202E") as string },
      }),
    );
  });

  it("is whatever passes, and harmless then; a refusal repeats nothing harmful", () => {
    const text = fc.string({ unit: "binary", maxLength: 300 });
    fc.assert(
      fc.property(fc.oneof(text, spoofs), (name) => {
        try {
          expect(parseName(name)).toBe(name);
          expect(name).not.toMatch(/[\\/\0-\x1f\x7f\u2028\u2029]/u);
          expect(name).not.toMatch(/[\u061c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\u00ad]/u);
          expect(name).not.toMatch(/^\s|[\s.]$/u);
          expect(nameKey(name)).not.toBe("");
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
          expect(Buffer.from(name).toString()).toBe(name);
        } catch (error) {
          if (!isCoreError(error, "name-refused")) throw error;
          expect(error.facts.name).not.toMatch(/[\0-\x1f\x7f]|\p{Default_Ignorable_Code_Point}/u);
          expect(error.facts.name.isWellFormed()).toBe(true);
          expect(error.facts.name.length).toBeLessThanOrEqual(300);
        }
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});

describe("what is hidden", () => {
  it("can be dropped, and is gone then", () => {
    fc.assert(
      fc.property(spoofs, (text) => {
        expect(findHidden(dropHidden(text))).toBeUndefined();
        if (findHidden(text) === undefined) expect(dropHidden(text)).toBe(text);
      }),
      { seed: 7, numRuns: 2_000 },
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
    ["a joiner", "می\u200cخواهم", "میخواهم"],
    ["the look of an emoji", "❤\ufe0f", "❤"],
    ["the form of an ideograph", "葛\u{e0100}", "葛"],
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
      fc.property(fc.oneof(text, spoofs), (name) => {
        expect(nameKey(nameKey(name))).toBe(nameKey(name));
      }),
      { seed: 7, numRuns: 1_000 },
    );
  });
});
