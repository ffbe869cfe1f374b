import { describe, expect, it } from "vitest";
import { evaluatePreconditions, rangeApplies, type ConditionalHeaders } from "./conditionals.ts";

const modifiedAt = Date.UTC(2030, 0, 1, 12, 0, 0, 700);
const at = (seconds: number): string => new Date(modifiedAt + seconds * 1000).toUTCString();
const validators = { etag: '"here"', modifiedAt };

describe("RFC 9110 §13: preconditions", () => {
  it.each<[string, ConditionalHeaders, ReturnType<typeof evaluatePreconditions>]>([
    ["none", {}, "proceed"],
    ["If-None-Match of the content held", { ifNoneMatch: '"here"' }, 304],
    ["If-None-Match, weakly", { ifNoneMatch: 'W/"here"' }, 304],
    ["If-None-Match in a list", { ifNoneMatch: '"a", "here" ,"b"' }, 304],
    ["If-None-Match of anything", { ifNoneMatch: "*" }, 304],
    ["If-None-Match of another", { ifNoneMatch: '"other"' }, "proceed"],
    ["If-None-Match without quotes", { ifNoneMatch: "here" }, "proceed"],
    ["If-Modified-Since the same second", { ifModifiedSince: at(0) }, 304],
    ["If-Modified-Since later", { ifModifiedSince: at(60) }, 304],
    ["If-Modified-Since before", { ifModifiedSince: at(-1) }, "proceed"],
    ["If-Modified-Since no date", { ifModifiedSince: "yesterday" }, "proceed"],
    [
      "If-None-Match goes before a date",
      { ifNoneMatch: '"other"', ifModifiedSince: at(0) },
      "proceed",
    ],
    ["If-Match of the content held", { ifMatch: '"here"' }, "proceed"],
    ["If-Match of anything", { ifMatch: "*" }, "proceed"],
    ["If-Match of another", { ifMatch: '"other"' }, 412],
    ["If-Match, weakly", { ifMatch: 'W/"here"' }, 412],
    ["If-Unmodified-Since the same second", { ifUnmodifiedSince: at(0) }, "proceed"],
    ["If-Unmodified-Since before", { ifUnmodifiedSince: at(-1) }, 412],
    ["If-Unmodified-Since no date", { ifUnmodifiedSince: "never" }, "proceed"],
    ["If-Match goes before a date", { ifMatch: '"here"', ifUnmodifiedSince: at(-1) }, "proceed"],
    ["If-Match before If-None-Match", { ifMatch: '"other"', ifNoneMatch: '"here"' }, 412],
    ["both hold", { ifMatch: '"here"', ifNoneMatch: '"here"' }, 304],
  ])("%s", (_name, headers, expected) => {
    expect(evaluatePreconditions(headers, validators)).toBe(expected);
  });
});

describe("RFC 9110 §13.1.5: If-Range", () => {
  it.each([
    ["none", undefined, true],
    ["the same content", '"here"', true],
    ["another content", '"other"', false],
    ["a weak tag", 'W/"here"', false],
    ["a tag without quotes", "here", false],
    ["exactly that date", at(0), true],
    ["a later date", at(60), false],
    ["an earlier date", at(-60), false],
    ["no date", "soon", false],
    ["nothing", "", false],
  ])("%s", (_name, header, expected) => {
    expect(rangeApplies(header, validators)).toBe(expected);
  });
});
