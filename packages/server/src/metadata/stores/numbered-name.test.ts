import { describe, expect, it } from "vitest";
import { parseName } from "../../core/drive/name.ts";
import { nameKey } from "../../core/drive/name-key.ts";
import { findFreeName, numberedName } from "./numbered-name.ts";

describe("numberedName", () => {
  it.each([
    ["photo.jpg", "photo (2).jpg"],
    ["README", "README (2)"],
    [".bashrc", ".bashrc (2)"],
    ["a.tar.gz", "a.tar (2).gz"],
    ["\u5831\u544a.txt", "\u5831\u544a (2).txt"],
  ])("numbers %s before its extension", (name, expected) => {
    expect(numberedName(name, 2)).toBe(expected);
  });

  it.each([
    "x".repeat(255),
    `${"x".repeat(251)}.jpg`,
    `${"\u{1f600}".repeat(62)}.jpeg`,
    `a.${"x".repeat(253)}`,
    `${"\u00e9".repeat(120)}.${"y".repeat(14)}`,
  ])("stays a name that fits a file system: %s", (name) => {
    const numbered = numberedName(name, 12_345);
    expect(Buffer.byteLength(numbered)).toBeLessThanOrEqual(255);
    expect(parseName(numbered)).toBe(numbered);
    expect(numbered).toContain(" (12345)");
  });
});

describe("findFreeName", () => {
  const among = (numbers: Iterable<number>) => {
    const taken = new Set([...numbers].map((number) => nameKey(numberedName("a", number))));
    let probes = 0;
    const isTaken = (key: string) => {
      probes++;
      return Promise.resolve(taken.has(key));
    };
    return { isTaken, probes: () => probes };
  };

  it("takes the first number when it is free", async () => {
    expect(await findFreeName("a", { isTaken: among([]).isTaken })).toEqual({
      name: "a (2)",
      number: 2,
    });
  });

  it.each([1, 2, 3, 7, 100, 4097])("follows a run of %i without a look at each", async (length) => {
    const siblings = among(Array.from({ length }, (_, i) => i + 2));
    const { number } = await findFreeName("a", { isTaken: siblings.isTaken });
    expect(number).toBe(length + 2);
    expect(siblings.probes()).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(length + 1)) + 2);
  });

  it("finds a free one among gaps", async () => {
    const numbers = [2, 3, 5, 6, 9, 10, 11];
    const { number } = await findFreeName("a", { isTaken: among(numbers).isTaken });
    expect(numbers).not.toContain(number);
  });

  it("goes on from a number given", async () => {
    expect(await findFreeName("a", { from: 50, isTaken: among([]).isTaken })).toMatchObject({
      number: 50,
    });
  });
});
