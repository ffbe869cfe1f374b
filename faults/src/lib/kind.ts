import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Flaw } from "../naive/flaws.ts";
import { openAckLog } from "./ack-log.ts";
import { wrong, type Finding } from "./findings.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import type { ServerKind } from "./server-process.ts";

export interface KindOptions {
  seed: string;
  rounds: number;
  server: ServerKind;
  /** Only for the naive server. */
  flaw?: Flaw;
  /** Every flush reports success and does nothing: no server can keep its promise on such a disk. */
  hasLyingFlushes?: boolean;
  /** Where evidence folders are made. */
  workDir: string;
  say: (line: string) => void;
}

export interface Kind {
  readonly name: string;
  run(options: KindOptions): Promise<KindResult>;
}

export interface Failure extends Finding {
  kind: string;
  seed: string;
  round: number;
}

export interface KindResult {
  kind: string;
  seed: string;
  rounds: number;
  acknowledgedOperations: number;
  acknowledgedBytes: number;
  /** Broken acknowledgements. */
  lost: number;
  /** Everything else the contract forbids. */
  wrong: number;
  failures: Failure[];
  skipped: string[];
  facts: Record<string, string | number>;
  durationMs: number;
  /** Kept only when something failed. */
  evidence: string | null;
}

/** One run of a kind: its folder, its ledger, and what went wrong so far. */
export interface Run {
  readonly folder: string;
  readonly ledger: Ledger;
  readonly facts: Record<string, string | number>;
  readonly skipped: string[];
  readonly failures: readonly Failure[];
  countRound(): void;
  /** Runs one step; false when going on makes no sense (it threw, or too much went wrong). */
  attempt(round: number, step: () => Promise<readonly Finding[]>): Promise<boolean>;
  finish(): Promise<KindResult>;
}

const MAX_PRINTED = 12;
const MAX_FAILURES = 40;

export async function startRun(kind: string, options: KindOptions): Promise<Run> {
  const startedAt = performance.now();
  mkdirSync(options.workDir, { recursive: true });
  const folder = mkdtempSync(join(options.workDir, `${kind}-${process.pid}-`));
  const log = await openAckLog(join(folder, "acknowledged.jsonl"));
  const ledger = createLedger(log);
  const facts: Record<string, string | number> = {};
  const skipped: string[] = [];
  const failures: Failure[] = [];
  let rounds = 0;
  const report = (round: number, findings: readonly Finding[]): void => {
    for (const finding of findings) {
      const failure = { kind, seed: options.seed, round, ...finding };
      failures.push(failure);
      if (failures.length <= MAX_PRINTED) printFailure(options.say, failure);
    }
  };
  return {
    folder,
    ledger,
    facts,
    skipped,
    failures,
    countRound: () => void rounds++,
    async attempt(round, step) {
      try {
        report(round, await step());
        return failures.length < MAX_FAILURES;
      } catch (error) {
        // A server that does not start again, or breaks a connection while alive, ends the run.
        const found = error instanceof Error ? (error.stack ?? error.message) : String(error);
        report(round, [wrong("the run could not go on", { found })]);
        return false;
      }
    },
    async finish() {
      await log.close();
      const isClean = failures.length === 0;
      if (isClean) rmSync(folder, { recursive: true, force: true });
      return {
        kind,
        seed: options.seed,
        rounds,
        acknowledgedOperations: ledger.acknowledged.operations,
        acknowledgedBytes: ledger.acknowledged.bytes,
        lost: failures.filter(({ severity }) => severity === "lost").length,
        wrong: failures.filter(({ severity }) => severity === "wrong").length,
        failures,
        skipped,
        facts,
        durationMs: Math.round(performance.now() - startedAt),
        evidence: isClean ? null : folder,
      };
    },
  };
}

function printFailure(say: (line: string) => void, failure: Failure): void {
  say(
    `  ${failure.severity.toUpperCase()} ${failure.what} (seed ${failure.seed}, round ${failure.round})`,
  );
  say(`    acknowledged: ${failure.acknowledged}`);
  say(`    found:        ${failure.found}`);
}
