import { expect, test } from "vitest";
import { parseFaultResults } from "./fault-results.ts";

const clean = { kind: "kill-loop", rounds: 3, failures: [], skipped: [] };

test("counts a kind that ran without findings as passed", () => {
  expect(parseFaultResults([clean])).toEqual([{ name: "kill-loop", status: "passed" }]);
});

test("counts a kind with findings as failed and names the first", () => {
  const failures = [{ what: "a part vanished" }, { what: "another" }];
  const [result] = parseFaultResults([{ ...clean, failures }]);
  expect(result).toMatchObject({ name: "kill-loop", status: "failed" });
  expect(result?.reason).toBe("2 findings, first: a part vanished");
});

test("counts each skipped part beside what ran", () => {
  const results = parseFaultResults([{ ...clean, skipped: ["needs XFS"] }]);
  expect(results.map(({ status }) => status)).toEqual(["skipped", "passed"]);
});

test("counts a kind that skipped everything as skipped only", () => {
  const results = parseFaultResults([{ ...clean, rounds: 0, skipped: ["needs root"] }]);
  expect(results).toMatchObject([{ status: "skipped", reason: "kill-loop: needs root" }]);
});

test("does not count a kind that did nothing as passed", () => {
  expect(parseFaultResults([{ ...clean, rounds: 0 }])).toMatchObject([{ status: "failed" }]);
});

test("refuses another shape", () => {
  expect(() => parseFaultResults({ results: [] })).toThrow("must be a list");
  expect(() => parseFaultResults([{ kind: "kill-loop" }])).toThrow("not a kind of fault");
});
