// `npm run check`: format, lint, types, layers, dead code, dead links. One line a tool, full output of failures.
// `--json <file>` also writes the results for `npm test`.

import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { findDeadLinks } from "./check/doc-links.ts";
import { findLockFileProblems } from "./check/lock-file.ts";
import { bin, type Finished, root, runNode } from "./shared/process.ts";
import { type Result, writeResults } from "./shared/results.ts";

type Check = { name: string; run: () => Promise<Finished> };

/** Most tools use a second core by themselves for a part of their time; more only adds noise. */
const maxParallelChecks = 2;

function listChecks(): Check[] {
  return [
    tool("oxlint", "--format=default"),
    tool("depcruise", "--config", ".dependency-cruiser.mjs", ...sourceFolders()),
    tool("knip", "--no-progress", "--no-config-hints"),
    ...typeScriptProjects().map(typeCheck),
    tool("oxfmt", "--check"),
    { name: "lock file", run: checkLockFile },
    { name: "links of the documentation", run: checkLinks },
  ];
}

function tool(command: string, ...args: string[]): Check {
  return { name: command, run: () => runNode([bin(command), ...args], { output: "capture" }) };
}

function typeCheck(project: string): Check {
  return { ...tool("tsc", "--noEmit", "--project", project), name: `tsc ${project}` };
}

function sourceFolders(): string[] {
  const folders = ["packages", "acceptance", "benchmarks", "faults", "scripts"];
  return folders.filter((folder) => existsSync(join(root, folder)));
}

/** The root's project and those of packages with another platform, or several (`tsconfig.node.json`). */
function typeScriptProjects(): string[] {
  const packages = readdirSync(join(root, "packages")).map((name) => `packages/${name}`);
  return ["tsconfig.json", ...packages.flatMap(projectsIn)];
}

function projectsIn(folder: string): string[] {
  const names = readdirSync(join(root, folder));
  return names
    .filter((name) => /^tsconfig\b.*\.json$/.test(name))
    .map((name) => `${folder}/${name}`);
}

async function checkLockFile(): Promise<Finished> {
  return finish(async () =>
    findLockFileProblems(await readFile(join(root, "package-lock.json"), "utf8")),
  );
}

async function checkLinks(): Promise<Finished> {
  const { stdout } = await promisify(execFile)("git", ["ls-files", "*.md"], { cwd: root });
  return finish(() => findDeadLinks(root, stdout.split("\n").filter(Boolean)));
}

async function finish(find: () => Promise<string[]>): Promise<Finished> {
  const startedAtMs = performance.now();
  const problems = await find();
  const exitCode = problems.length === 0 ? 0 : 1;
  return { exitCode, output: problems.join("\n"), durationMs: performance.now() - startedAtMs };
}

type CheckReport = { name: string; finished: Finished };

async function runAll(checks: Check[]): Promise<CheckReport[]> {
  const waiting = [...checks];
  const reports: CheckReport[] = [];
  const runNext = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const finished = await check.run();
      printSummary(check.name, finished);
      reports.push({ name: check.name, finished });
    }
  };
  await Promise.all(Array.from({ length: maxParallelChecks }, runNext));
  return reports;
}

function printSummary(name: string, { exitCode, durationMs }: Finished): void {
  const seconds = (durationMs / 1000).toFixed(1).padStart(5);
  console.log(`${exitCode === 0 ? "✓" : "✗"} ${name.padEnd(32)} ${seconds} s`);
}

function resultOf({ name, finished: { exitCode } }: CheckReport): Result {
  if (exitCode === 0) return { name, status: "passed" };
  return { name, status: "failed", reason: `exit code ${exitCode}, output above` };
}

const { values } = parseArgs({ options: { json: { type: "string" } } });
const reports = await runAll(listChecks());
const failed = reports.filter(({ finished }) => finished.exitCode !== 0);
for (const { name, finished } of failed) console.log(`\n── ${name}\n${finished.output.trim()}`);
if (values.json !== undefined) writeResults(values.json, reports.map(resultOf));
process.exitCode = failed.length > 0 ? 1 : 0;
