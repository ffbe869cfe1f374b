import { mkdirSync, writeFileSync } from "node:fs";
import { KINDS } from "./kinds/all.ts";
import type { KindResult } from "./lib/kind.ts";
import { removeStale } from "./lib/stale.ts";
import { HELP, readOptions, UsageError, type Options } from "./options.ts";
import { prove } from "./prove.ts";
import { formatTable } from "./table.ts";

try {
  const options = readOptions(
    process.argv.slice(2),
    KINDS.map(({ kind }) => kind.name),
  );
  process.exitCode = await main(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${HELP}`);
  process.exitCode = 2;
}

async function main(options: Options): Promise<number> {
  if (options.isHelp) {
    process.stdout.write(HELP);
    return 0;
  }
  mkdirSync(options.workDir, { recursive: true });
  removeStale(options.workDir);
  if (options.isProof) return prove({ options, say });
  const results = await runKinds(options);
  say(`\n${formatTable(results)}`);
  if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  return results.some(({ failures }) => failures.length > 0) ? 1 : 0;
}

async function runKinds(options: Options): Promise<KindResult[]> {
  const { seed, server, workDir, flaw } = options;
  say(`seed ${seed}, server ${server}`);
  const results: KindResult[] = [];
  for (const { kind, defaultRounds, roundsFor } of KINDS) {
    if (options.only !== null && !options.only.includes(kind.name)) continue;
    const rounds = options.rounds === null ? defaultRounds : roundsFor(options.rounds);
    say(kind.name);
    const chosen = { seed, rounds, server, workDir, say, ...(flaw === null ? {} : { flaw }) };
    results.push(await kind.run(chosen));
  }
  return results;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
