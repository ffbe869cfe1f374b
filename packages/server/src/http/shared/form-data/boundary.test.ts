import { describe, expect, it } from "vitest";
import { parseBoundary } from "./boundary.ts";
import { FormRefusal } from "./refusal.ts";

describe("the boundary of a form", () => {
  it.each([
    ["multipart/form-data; boundary=abc", "abc"],
    ["Multipart/Form-Data; charset=utf-8; Boundary=abc", "abc"],
    ['multipart/form-data; boundary="a b:c"', "a b:c"],
    ["multipart/form-data;boundary=----WebKitFormBoundaryAbC123", "----WebKitFormBoundaryAbC123"],
    [`multipart/form-data; boundary=${"x".repeat(70)}`, "x".repeat(70)],
    ["multipart/form-data; boundary==_Part_1(2)?3", "=_Part_1(2)?3"],
  ])("of %j is %j", (type, expected) => {
    expect(parseBoundary(type)).toBe(expected);
  });

  it.each([
    undefined,
    "multipart/form-data",
    "multipart/form-data; boundary=",
    'multipart/form-data; boundary=""',
    "multipart/mixed; boundary=a",
    "multipart/form-data; boundary=a; boundary=b",
    `multipart/form-data; boundary=${"x".repeat(71)}`,
    'multipart/form-data; boundary="a\\"b"',
    'multipart/form-data; boundary="a',
    'multipart/form-data; boundary="a "',
    "multipart/form-data; boundary=a b",
    "multipart/form-data; boundary=ä",
  ])("is refused in %j", (type) => {
    expect(() => parseBoundary(type)).toThrow(FormRefusal);
  });
});
