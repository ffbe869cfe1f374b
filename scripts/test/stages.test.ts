import { expect, test } from "vitest";
import type { Result } from "../shared/results.ts";
import { judge } from "./stages.ts";

const passed: Result = { name: "a", status: "passed" };
const failed: Result = { name: "b", status: "failed" };

test("keeps the results of a stage that ended as they say", () => {
  expect(judge({ stage: "unit", exitCode: 0, results: [passed] })).toEqual([passed]);
  expect(judge({ stage: "unit", exitCode: 1, results: [failed] })).toEqual([failed]);
});

test("counts a crash as a failure even when every result passed", () => {
  const results = judge({ stage: "unit", exitCode: 1, results: [passed] });
  expect(results.map(({ status }) => status)).toEqual(["passed", "failed"]);
});

test("counts a stage that ran nothing as a failure", () => {
  expect(judge({ stage: "unit", exitCode: 0, results: [] })).toMatchObject([{ status: "failed" }]);
});
