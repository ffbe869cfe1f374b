// Reads what `faults --json` writes: a list with one entry for each kind of fault,
// `{"kind", "rounds", "failures": [{"what"}], "skipped": ["why"]}` (more fields are ignored).

import { isRecord, type Result } from "../shared/results.ts";

export function parseFaultResults(value: unknown): Result[] {
  if (!Array.isArray(value)) throw new TypeError("the faults' results must be a list");
  return value.flatMap(resultsOfKind);
}

/** A kind can pass on one layout and skip another, so it may count in both columns. */
function resultsOfKind(value: unknown): Result[] {
  const { kind, rounds, failures, skipped } = parseKind(value);
  const skips = skipped.map((reason): Result => {
    return { name: kind, status: "skipped", reason: `${kind}: ${reason}` };
  });
  if (failures.length > 0) {
    const reason = `${failures.length} findings, first: ${describeFailure(failures[0])}`;
    return [...skips, { name: kind, status: "failed", reason }];
  }
  if (rounds > 0) return [...skips, { name: kind, status: "passed" }];
  if (skips.length > 0) return skips;
  return [{ name: kind, status: "failed", reason: "ran no round and gave no reason" }];
}

type Kind = { kind: string; rounds: number; failures: unknown[]; skipped: string[] };

function parseKind(value: unknown): Kind {
  if (isRecord(value)) {
    const { kind, rounds, failures, skipped } = value;
    const isComplete = typeof kind === "string" && typeof rounds === "number";
    if (isComplete && Array.isArray(failures) && Array.isArray(skipped)) {
      return { kind, rounds, failures, skipped: skipped.map(String) };
    }
  }
  throw new TypeError(`not a kind of fault: ${JSON.stringify(value).slice(0, 200)}`);
}

function describeFailure(failure: unknown): string {
  if (isRecord(failure) && typeof failure["what"] === "string") return failure["what"];
  return JSON.stringify(failure);
}
