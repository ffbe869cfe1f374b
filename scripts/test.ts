// `npm test`: every check and every test that this machine can run, then one table that says what
// was skipped and why. `--only check|unit|acceptance|faults` (repeatable) runs a part.
// SAMPAN_TEST_REQUIRE=all makes each skipped test a failure.

import { parseArgs } from "node:util";
import { formatReport, requireAll, type StageReport } from "./test/report.ts";
import { runStage, type StageName, stageNames } from "./test/stages.ts";

function selectStages(): StageName[] {
  const { values } = parseArgs({ options: { only: { type: "string", multiple: true } } });
  const wanted = values.only ?? [...stageNames];
  const unknown = wanted.find((name) => !stageNames.some((stage) => stage === name));
  if (unknown !== undefined) {
    console.error(`--only knows ${stageNames.join(", ")}; not "${unknown}"`);
    process.exit(2);
  }
  return stageNames.filter((stage) => wanted.includes(stage));
}

function parseRequirement(value: string | undefined): boolean {
  if (value === undefined || value === "") return false;
  if (value === "all") return true;
  console.error(`SAMPAN_TEST_REQUIRE is either "all" or unset; not "${value}"`);
  process.exit(2);
}

const isAllRequired = parseRequirement(process.env["SAMPAN_TEST_REQUIRE"]);
const reports: StageReport[] = [];
for (const stage of selectStages()) {
  console.log(`\n── ${stage}`);
  const report = await runStage(stage);
  reports.push(isAllRequired ? { ...report, results: requireAll(report.results) } : report);
}
console.log(`\n${formatReport(reports)}`);
const hasFailed = reports.some(({ results }) => results.some(({ status }) => status === "failed"));
process.exitCode = hasFailed ? 1 : 0;
