import { rmSync } from "node:fs";
import { KINDS } from "./kinds/all.ts";
import type { Flaw } from "./naive/flaws.ts";
import type { Options } from "./options.ts";

/**
 * A harness that never fails proves nothing. Each kind runs against the honest naive server, where
 * it must find nothing, and against one with the mistake that this kind exists for, which it must
 * find.
 */
const PROOFS: { kind: string; mistake: Flaw | "lying-flushes"; rounds: number }[] = [
  { kind: "kill-loop", mistake: "none", rounds: 10 },
  { kind: "kill-loop", mistake: "ack-early", rounds: 6 },
  { kind: "kill-loop", mistake: "forgets-deletes", rounds: 6 },
  { kind: "power-loop", mistake: "none", rounds: 2 },
  { kind: "power-loop", mistake: "no-fsync", rounds: 2 },
  { kind: "power-loop", mistake: "lying-flushes", rounds: 2 },
  { kind: "nth-fault", mistake: "none", rounds: 4 },
  { kind: "nth-fault", mistake: "swallows-errors", rounds: 4 },
  { kind: "disk-full", mistake: "none", rounds: 1 },
  { kind: "disk-full", mistake: "swallows-errors", rounds: 1 },
  { kind: "slow-net", mistake: "none", rounds: 1 },
  { kind: "slow-net", mistake: "counts-declared", rounds: 1 },
];

export async function prove({
  options,
  say,
}: {
  options: Options;
  say: (line: string) => void;
}): Promise<number> {
  let isProven = true;
  for (const { kind: name, mistake, rounds } of PROOFS) {
    if (options.only !== null && !options.only.includes(name)) continue;
    const entry = KINDS.find(({ kind }) => kind.name === name);
    if (entry === undefined) continue;
    const { seed, workDir } = options;
    const quiet = { seed, rounds, workDir, say: () => undefined };
    // Without flushes even the real server must be caught: that is what power-loop is for.
    const server =
      mistake === "lying-flushes"
        ? ({ server: "sampan", hasLyingFlushes: true } as const)
        : ({ server: "naive", flaw: mistake } as const);
    const result = await entry.kind.run({ ...quiet, ...server });
    const isSkipped = result.rounds === 0 && result.skipped.length > 0;
    const hasFound = result.failures.length > 0;
    const isAsExpected = isSkipped || hasFound === (mistake !== "none");
    isProven &&= isAsExpected;
    const verdict = isSkipped ? `skipped: ${result.skipped.join("; ")}` : count(result);
    say(`${isAsExpected ? "ok  " : "FAIL"} ${name.padEnd(10)} ${mistake.padEnd(16)} ${verdict}`);
    // A mistake that was asked for needs no evidence.
    if (isAsExpected && result.evidence !== null) {
      rmSync(result.evidence, { recursive: true, force: true });
    }
  }
  return isProven ? 0 : 1;
}

function count({
  lost,
  wrong,
  acknowledgedOperations,
}: Record<"lost" | "wrong" | "acknowledgedOperations", number>): string {
  return `${acknowledgedOperations} operations acknowledged, ${lost} lost, ${wrong} wrong`;
}
