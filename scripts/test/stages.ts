import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bin, runNode } from "../shared/process.ts";
import { parseResults, type Result } from "../shared/results.ts";
import { parseFaultResults } from "./fault-results.ts";
import type { StageReport } from "./report.ts";

/** In the order in which they run: cheap and telling first. */
export const stageNames = ["check", "unit", "acceptance", "faults"] as const;

export type StageName = (typeof stageNames)[number];

/** Enough to notice a broken harness or engine; `npm run faults -- --rounds N` is the real proof. */
const faultRounds = 3;

/** Streams the stage's output. A stage that dies is one failed result, never an absent one. */
export async function runStage(stage: StageName): Promise<StageReport> {
  const folder = mkdtempSync(join(tmpdir(), "sampan-test-"));
  try {
    return await runInto(stage, join(folder, "results.json"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runInto(stage: StageName, resultsFile: string): Promise<StageReport> {
  const { exitCode, durationMs } = await runNode(argumentsOf(stage, resultsFile), {
    output: "inherit",
    env: { SAMPAN_RESULTS_FILE: resultsFile },
  });
  const results = judge({ stage, exitCode, results: load(stage, resultsFile) });
  return { stage, results, durationMs };
}

function argumentsOf(stage: StageName, resultsFile: string): string[] {
  switch (stage) {
    case "check":
      return ["scripts/check.ts", "--json", resultsFile];
    case "unit":
    case "acceptance":
      return vitestArguments(stage);
    case "faults":
      return ["faults/src/main.ts", "--rounds", String(faultRounds), "--json", resultsFile];
  }
}

function vitestArguments(project: string): string[] {
  const reporters = ["default", "./scripts/test/results-reporter.ts"];
  const flags = ["--allowOnly=false", ...reporters.map((reporter) => `--reporter=${reporter}`)];
  return [bin("vitest"), "run", "--project", project, ...flags];
}

/** No file means that the stage died; a broken one must not hide the other stages' results. */
function load(stage: StageName, resultsFile: string): Result[] {
  if (!existsSync(resultsFile)) return [];
  try {
    const value: unknown = JSON.parse(readFileSync(resultsFile, "utf8"));
    return stage === "faults" ? parseFaultResults(value) : parseResults(value);
  } catch (error) {
    return [fail("results file", error instanceof Error ? error.message : String(error))];
  }
}

/** The exit code has the last word: results that look clean do not outvote a process that failed. */
export function judge(ended: { stage: string; exitCode: number; results: Result[] }): Result[] {
  const { stage, exitCode, results } = ended;
  const hasFailure = results.some((result) => result.status === "failed");
  if (hasFailure) return results;
  if (exitCode !== 0) return [...results, fail(stage, `exited with ${exitCode}, output above`)];
  if (results.length === 0) return [fail(stage, "ran nothing")];
  return results;
}

function fail(name: string, reason: string): Result {
  return { name, status: "failed", reason };
}
