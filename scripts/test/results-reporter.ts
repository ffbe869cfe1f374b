// A Vitest reporter that writes what happened to the file named by SAMPAN_RESULTS_FILE.
// Vitest's own JSON leaves out why a test was skipped.

import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";
import { type Result, writeResults } from "../shared/results.ts";

export default class ResultsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { message: string }[]): void {
    const path = process.env["SAMPAN_RESULTS_FILE"];
    if (path === undefined) throw new Error("SAMPAN_RESULTS_FILE names no file");
    const crashes = unhandled.map((error): Result => {
      return { name: "unhandled error", status: "failed", reason: firstLine(error.message) };
    });
    writeResults(path, [...modules.flatMap(resultsOf), ...crashes]);
  }
}

function resultsOf(module: TestModule): Result[] {
  const containers = [module, ...module.children.allSuites()];
  const brokenContainers = containers.flatMap((container): Result[] => {
    const [error] = container.errors();
    if (error === undefined) return [];
    return [{ name: nameOf(container), status: "failed", reason: firstLine(error.message) }];
  });
  return [...brokenContainers, ...Array.from(module.children.allTests(), resultOf)];
}

function resultOf(test: TestCase): Result {
  const name = nameOf(test);
  const result = test.result();
  switch (result.state) {
    case "passed":
      return { name, status: "passed" };
    case "failed":
      return { name, status: "failed", reason: firstLine(result.errors[0]?.message ?? "") };
    case "pending":
      return { name, status: "failed", reason: "did not finish" };
    case "skipped":
      return { name, status: "skipped", reason: result.note ?? reasonToSkip(test) };
  }
}

/** `describe.skipIf(…)("power cut (needs root)")` states its reason in brackets. */
function reasonToSkip(test: TestCase): string {
  if (test.options.mode === "todo") return "not written yet";
  if (hasBrokenContainer(test)) return "its set-up failed";
  return /\(([^()]+)\)/.exec(test.fullName)?.[1] ?? `no reason given: ${nameOf(test)}`;
}

function hasBrokenContainer({ parent }: TestCase | TestSuite): boolean {
  if (parent.errors().length > 0) return true;
  return parent.type === "suite" && hasBrokenContainer(parent);
}

function nameOf(task: TestCase | TestSuite | TestModule): string {
  if (task.type === "module") return task.relativeModuleId;
  return `${task.module.relativeModuleId} > ${task.fullName}`;
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? "";
}
