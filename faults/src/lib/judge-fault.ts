import { familyOf, isPlainOpen, type FaultPoint } from "./fault-points.ts";
import { wrong, type Finding } from "./findings.ts";
import { describeOutcome, type Outcome } from "./outcome.ts";
import { describeExit, type Exit } from "./server-process.ts";

export interface Step {
  op: string;
  target: string;
  outcome: Outcome<unknown>;
}

/** What strace saw: the call that failed, or null when that occurrence never came. */
export interface Strike {
  point: FaultPoint;
  /** The logged call. */
  call: string;
  /** False when the count led to a call that has nothing to do with stored data. */
  isInData: boolean;
}

const HONEST = new Set([500, 503, 507]);
const DATABASE = /\.(db|sqlite3?)(-wal|-shm|-journal)?[>"]|\/journal[>"]/;

/**
 * What the server may answer to a failing disk: an honest 5xx as problem+json, and 507 where the
 * disk was full. (That nothing acknowledged is missing is judged after the restart.)
 */
export function judgeAnswers(strike: Strike, steps: readonly Step[]): Finding[] {
  const findings: Finding[] = [];
  const refusals = steps.filter(({ outcome }) => outcome.kind === "refused");
  for (const { op, target, outcome } of refusals) {
    if (outcome.kind !== "refused") continue;
    const isHonest = HONEST.has(outcome.status) && outcome.isProblem;
    if (isHonest) continue;
    const found = `${describeOutcome(outcome)}, after ${strike.call}`;
    findings.push(wrong(`answer to ${op} ${target}`, { found }));
  }
  const first = refusals[0]?.outcome;
  if (strike.point.error !== "ENOSPC" || first?.kind !== "refused") return findings;
  if (first.status !== 507 && meansFull(strike)) {
    const found = `${describeOutcome(first)}, after ${strike.call}`;
    findings.push(wrong("a full disk is answered 507", { found }));
  }
  return findings;
}

/**
 * A database that cannot write its log does not know its own state, so then the process may end. A
 * full disk, or a fault in stored content, is no reason to.
 */
export function judgeExit(strike: Strike, exit: Exit): Finding[] {
  const { point } = strike;
  const isLog = isDatabase(strike) && ["flush", "write"].includes(familyOf(point.syscall));
  const isAllowed = isLog && (familyOf(point.syscall) === "flush" || point.error === "EIO");
  if (isAllowed || !strike.isInData) return [];
  const found = `${describeExit(exit)}, after ${strike.call}`;
  return [wrong("the process ended, and the database's log was not what failed", { found })];
}

/** Where ENOSPC can only mean a full disk; elsewhere any honest 5xx will do. */
function meansFull(strike: Strike): boolean {
  const family = familyOf(strike.point.syscall);
  if (family === "flush" || isPlainOpen(strike.call)) return false;
  return family === "write" || !isDatabase(strike);
}

function isDatabase(strike: Strike): boolean {
  return DATABASE.test(strike.call);
}
