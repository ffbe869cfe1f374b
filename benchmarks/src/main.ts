/** `npm run bench`: Sampan and its peers on the same work, interleaved, in one run. */
import { writeFileSync } from "node:fs";
import { progress, type Bench, type Workload } from "./bench.ts";
import { createPool, GiB, MiB } from "./content.ts";
import { describeMachine, type Machine } from "./machine.ts";
import { parseOptions, usage, type Options } from "./options.ts";
import { describeError, formatOutcome, formatTable, type Outcome } from "./report.ts";
import { archive } from "./workloads/archive.ts";
import { complete } from "./workloads/complete.ts";
import { download } from "./workloads/download.ts";
import { drive } from "./workloads/drive.ts";
import { forms } from "./workloads/forms.ts";
import { instant } from "./workloads/instant.ts";
import { login } from "./workloads/login.ts";
import { merge } from "./workloads/merge.ts";
import { restart } from "./workloads/restart.ts";
import { slow } from "./workloads/slow.ts";
import { small } from "./workloads/small.ts";
import { takeover } from "./workloads/takeover.ts";
import { concurrent, parallel, single } from "./workloads/uploads.ts";
import { cleanUp, cleanUpOnExit } from "./workspace.ts";

const workloads: readonly Workload[] = [
  single,
  parallel,
  concurrent,
  complete,
  forms,
  merge,
  small,
  takeover,
  slow,
  download,
  archive,
  login,
  instant,
  restart,
  drive,
];

function choose({ only }: Options): Workload[] {
  const unknown = only?.filter((name) => !workloads.some((workload) => workload.name === name));
  if (unknown?.length) throw new Error(`no such workload: ${unknown.join(", ")}`);
  return workloads.filter(({ name }) => only === undefined || only.includes(name));
}

function formatMachine(machine: Machine): string {
  const rows = Object.entries(machine).map(([name, value]) => [name, String(value)]);
  return formatTable(["machine", ""], rows);
}

type Named = Outcome & { name: string };

/** A workload that breaks is reported in its place and the others still run. */
async function runWorkload({ name, run }: Workload, bench: Bench): Promise<Named> {
  progress(`${name} …`);
  try {
    return { name, ...(await run(bench)) };
  } catch (error) {
    process.exitCode = 1;
    const notes = [`BROKEN: ${describeError(error)}`];
    return { name, title: name, columns: [], rows: [], goals: [], notes, samples: [] };
  }
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    const names = workloads.map(({ name, what }) => `  ${name.padEnd(11)}${what}`);
    process.stdout.write(`${usage}\n${names.join("\n")}\n`);
    return;
  }
  const chosen = choose(options);
  cleanUpOnExit();
  const machine = describeMachine(options.quick);
  process.stdout.write(`${formatMachine(machine)}\n\n`);
  const pool = createPool(options.quick ? 64 * MiB : GiB);
  const bench: Bench = { pool, rounds: options.rounds, quick: options.quick };
  const outcomes: Named[] = [];
  for (const workload of chosen) {
    const outcome = await runWorkload(workload, bench);
    outcomes.push(outcome);
    process.stdout.write(`${formatOutcome(outcome)}\n`);
  }
  if (options.json !== undefined) {
    const record = { at: new Date().toISOString(), machine, options, workloads: outcomes };
    writeFileSync(options.json, `${JSON.stringify(record, null, 2)}\n`);
  }
  cleanUp();
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
