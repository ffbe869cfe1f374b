import { expect, it } from "vitest";
import { isForAnybody, parseEntry } from "./entry.ts";

it("tells the links of the server from all other addresses", () => {
  const parse = (url: string) => parseEntry(new URL(url, "http://here"));
  expect(parse("/setup#abc")).toEqual({ kind: "set-up", token: "abc" });
  expect(parse("/invite#abc")).toEqual({ kind: "join", token: "abc" });
  expect(parse("/reset")).toEqual({ kind: "reset", token: "" });
  expect(parse("/login?error=link-invalid")).toEqual({ kind: "log-in", error: "link-invalid" });
  expect(parse("/login")).toEqual({ kind: "log-in", error: null });
  expect(parse("/folder/setup")).toBeNull();
  expect(isForAnybody({ kind: "set-up", token: "" })).toBe(true);
  expect(isForAnybody({ kind: "log-in", error: null })).toBe(false);
});
