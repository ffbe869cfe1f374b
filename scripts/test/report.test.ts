import { expect, test } from "vitest";
import type { Result } from "../shared/results.ts";
import { formatReport, requireAll, type StageReport } from "./report.ts";

const skipped: Result = { name: "power cut", status: "skipped", reason: "needs root" };

function stage(name: string, results: Result[]): StageReport {
  return { stage: name, results, durationMs: 1234 };
}

test("ends with the totals of all stages", () => {
  const unit = stage("unit", [{ name: "a", status: "passed" }, skipped]);
  const faults = stage("faults", [{ name: "b", status: "failed", reason: "lost a byte" }, skipped]);
  expect(formatReport([unit, faults]).split("\n").at(-1)).toBe("1 passed, 1 failed, 2 skipped");
});

test("states each reason for skipping once, with its number", () => {
  const report = formatReport([stage("faults", [skipped, { ...skipped, name: "disk full" }])]);
  expect(report).toMatch(/^ {2}faults +2 × needs root$/m);
});

test("names each failure with its reason", () => {
  const report = formatReport([stage("unit", [{ name: "a > b", status: "failed", reason: "c" }])]);
  expect(report).toMatch(/^ {2}unit +a > b: c$/m);
});

test("turns skips into failures where everything is required, and nothing else", () => {
  const passed: Result = { name: "a", status: "passed" };
  const [first, second] = requireAll([passed, skipped]);
  expect(first).toEqual(passed);
  expect(second).toMatchObject({ name: "power cut", status: "failed" });
  expect(second?.reason).toContain("needs root");
});
