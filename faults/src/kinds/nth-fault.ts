import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  ALL_SYSCALLS,
  describePoint,
  findFaultPoints,
  samplePoints,
  type FaultPoint,
} from "../lib/fault-points.ts";
import { answered, wrong, type Finding } from "../lib/findings.ts";
import { ConnectionLost } from "../lib/http.ts";
import { judgeAnswers, judgeExit, type Step, type Strike } from "../lib/judge-fault.ts";
import { startRun, type Kind, type KindOptions, type Run } from "../lib/kind.ts";
import type { Session } from "../lib/ledger.ts";
import { createNames } from "../lib/names.ts";
import { describeOutcome } from "../lib/outcome.ts";
import { createRandom, type Random } from "../lib/random.ts";
import { runScript } from "../lib/script.ts";
import { scrub } from "../lib/scrub.ts";
import { startServer, type ServerPlan, type ServerProcess } from "../lib/server-process.ts";
import { openSession } from "../lib/session.ts";
import { settleAll } from "../lib/settle.ts";
import {
  attachStrace,
  listThreads,
  readStraceLog,
  straceUnavailable,
  type Tracer,
} from "../lib/strace.ts";
import { verifyContent } from "../lib/verify.ts";

/**
 * Every call of the upload path that changes a file fails once. A first pass records which thread
 * makes which calls; then the script runs once for each of them (or for a sample), with that call
 * failing, on a data folder that is carried from run to run. The server must answer honestly, go on
 * serving reads (or end, where only that is safe), and have everything it acknowledged after a
 * restart.
 */
export const nthFault: Kind = { name: "nth-fault", run };

/** With one pool thread, "the N-th call of the thread" is the same step in every run. */
const ONE_POOL_THREAD = { UV_THREADPOOL_SIZE: "1" };
const POINTS_PER_ROUND = 5;

async function run(options: KindOptions) {
  const state = await startRun("nth-fault", options);
  const reason = straceUnavailable();
  if (reason !== null) {
    state.skipped.push(reason);
    return state.finish();
  }
  const random = createRandom(options.seed).fork("nth-fault");
  const plan: ServerPlan = {
    kind: options.server,
    dataDir: join(state.folder, "data"),
    logFile: join(state.folder, "server.log"),
    env: {
      ...ONE_POOL_THREAD,
      SAMPAN_SWEEP_GRACE_MS: "3600000",
      ...(options.flaw === undefined ? {} : { NAIVE_FLAW: options.flaw }),
    },
  };
  const points: FaultPoint[] = [];
  const isRecorded = await state.attempt(0, async () => {
    const recorded = await recordPoints(state, { plan, random });
    points.push(...recorded.points);
    return recorded.findings;
  });
  const limit = options.rounds * POINTS_PER_ROUND;
  const queue = samplePoints(points, { random, limit });
  const tally = { struck: 0, "never came": 0, elsewhere: 0, ended: 0 };
  const campaign = { plan, random, tally, queue, isComplete: limit >= points.length };
  const isDone = isRecorded && (await failEach(state, { ...campaign, say: options.say }));
  if (isDone) await state.attempt(0, () => finalCheck(state, { plan, random }));
  Object.assign(state.facts, { "points recorded": points.length, ...tally });
  return state.finish();
}

interface Campaign extends Setting {
  queue: FaultPoint[];
  /** Every recorded point is in the queue, so each class goes on until it no longer comes. */
  isComplete: boolean;
  tally: Record<string, number>;
  say: (line: string) => void;
}

async function failEach(state: Run, campaign: Campaign): Promise<boolean> {
  const { plan, random, tally, queue, isComplete } = campaign;
  const progress = { before: "after the recording", round: 0 };
  const failNext = async (point: FaultPoint): Promise<Finding[]> => {
    const { findings, strike } = await failOnce(state, { plan, random, tally, point, ...progress });
    if (isComplete && point.isLastOfClass && strike !== null) {
      queue.push({ ...point, index: point.index + 1 });
    }
    const at = describePoint(point);
    progress.before = `after ${at}`;
    return findings.map((finding) => ({ ...finding, what: `${at}: ${finding.what}` }));
  };
  for (let point = queue.shift(); point !== undefined; point = queue.shift()) {
    const next = point;
    progress.round++;
    if (!(await state.attempt(progress.round, () => failNext(next)))) return false;
    state.countRound();
    if (progress.round % 50 === 0) {
      campaign.say(`  point ${progress.round}, ${queue.length} to go`);
    }
  }
  return true;
}

interface Setting {
  plan: ServerPlan;
  random: Random;
}

/** Twice: the run that is recorded must find the folder as every later run will. */
async function recordPoints(
  state: Run,
  setting: Setting,
): Promise<{ points: FaultPoint[]; findings: Finding[] }> {
  const first = await recordOnce(state, { ...setting, scope: "warm-up" });
  const second = await recordOnce(state, { ...setting, scope: "recorded" });
  return { points: second.points, findings: [...first.findings, ...second.findings] };
}

async function recordOnce(
  state: Run,
  { plan, random, scope }: Setting & { scope: string },
): Promise<{ points: FaultPoint[]; findings: Finding[] }> {
  const outFile = join(state.folder, `${scope}.log`);
  const findings: Finding[] = [];
  const report = (finding: Finding): void => void findings.push(finding);
  const server = await startServer(plan);
  const onOutcome: Session["onOutcome"] = ({ op, target, outcome }) => {
    if (outcome.kind === "ok") return;
    report(wrong(`${op} ${target} without any fault`, { found: describeOutcome(outcome) }));
  };
  const session = openSession(server, state.ledger, { onOutcome });
  try {
    findings.push(...(await settleAll(session, random)));
    const tracer = await attachStrace({ pid: server.pid }, { outFile, record: ALL_SYSCALLS });
    await runScript(session, { names: createNames(random, { scope }), report });
    const threads = listThreads(server.pid);
    await tracer.detach();
    const folders = [plan.dataDir];
    return { points: findFaultPoints(readStraceLog(outFile), { threads, folders }), findings };
  } finally {
    session.close();
    await server.kill("SIGTERM");
  }
}

async function failOnce(
  state: Run,
  plan: Setting & {
    point: FaultPoint;
    /** What happened in the run before, whose harm only shows after this start. */
    before: string;
    round: number;
    tally: Record<string, number>;
  },
): Promise<{ findings: Finding[]; strike: Strike | null }> {
  const { point, round, random, tally } = plan;
  const outFile = join(state.folder, "strace.log");
  rmSync(outFile, { force: true });
  const findings: Finding[] = [];
  const report = (finding: Finding): void => void findings.push(finding);
  const steps: Step[] = [];
  const server = await startServer(plan.plan);
  let isScript = false;
  let hasEnded = false;
  const onOutcome = (step: Step): void => void (isScript && steps.push(step));
  const session = openSession(server, state.ledger, { onOutcome });
  let tracer: Tracer | null = null;
  try {
    await state.attempt(round, async () => {
      const found = await settleAll(session, random);
      return found.map((finding) => ({ ...finding, what: `${plan.before}: ${finding.what}` }));
    });
    const thread = listThreads(server.pid).find(({ role }) => role === point.role);
    if (thread === undefined) throw new Error(`no thread ${point.role} in this process`);
    const injection = {
      syscalls: [point.syscall],
      effect: `error=${point.error}`,
      when: point.index,
    };
    tracer = await attachStrace({ tid: thread.tid }, { outFile, injection });
    isScript = true;
    const names = createNames(random, { scope: `point${round}` });
    await whileItLives(steps, () => runScript(session, { names, report }));
    isScript = false;
    hasEnded = await isEnding(server, steps);
    if (!hasEnded) {
      await whileItLives(steps, async () => void findings.push(...(await probeReads(session))));
      hasEnded = await isEnding(server, steps);
    }
  } finally {
    session.close();
    await end(server, { isGraceful: round % 2 === 0 });
    await tracer?.detach();
  }
  const strike = readStrike(outFile, { point, folder: plan.plan.dataDir });
  const word = strike === null ? "never came" : strike.isInData ? "struck" : "elsewhere";
  tally[word] = (tally[word] ?? 0) + 1;
  if (strike === null) {
    const refused = steps.filter(({ outcome }) => outcome.kind !== "ok");
    for (const { op, target, outcome } of refused) {
      report(wrong(`${op} ${target} without any fault`, { found: describeOutcome(outcome) }));
    }
    return { findings, strike };
  }
  if (!strike.isInData) return { findings, strike };
  findings.push(...judgeAnswers(strike, steps));
  if (hasEnded) {
    tally["ended"] = (tally["ended"] ?? 0) + 1;
    findings.push(...judgeExit(strike, await server.exited));
  } else {
    for (const { op, target, outcome } of steps.filter(isUnanswered)) {
      const found = `${describeOutcome(outcome)}, and the process lives, after ${strike.call}`;
      report(wrong(`no answer to ${op} ${target}`, { found }));
    }
  }
  return { findings, strike };
}

/** A request that the harness itself needed, and that found nobody, is a step without an answer. */
async function whileItLives(steps: Step[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ConnectionLost)) throw error;
    const outcome = { kind: "unknown", reason: error.message } as const;
    steps.push({ op: "read", target: "what was acknowledged", outcome });
  }
}

/** A process that dies closes its sockets a moment before its parent hears of it. */
async function isEnding(server: ServerProcess, steps: readonly Step[]): Promise<boolean> {
  if (steps.some(isUnanswered)) await Promise.race([server.exited, delay(1_000)]);
  return !server.isAlive();
}

/** A failed write is no reason to stop reading. */
async function probeReads(session: Session): Promise<Finding[]> {
  const findings: Finding[] = [];
  const report = (finding: Finding): void => void findings.push(finding);
  const known = [...session.ledger.files.values()].find((file) => file.pending === null);
  if (known !== undefined) await verifyContent(session, { file: known, report });
  const open = [...session.ledger.uploads.values()].find(({ id }) => id !== null);
  if (open !== undefined) {
    const status = await answered(session.client.getUpload(open.id ?? ""));
    const isServed = status.kind === "ok" || status.status < 500;
    if (!isServed) report(wrong("status after a fault", { found: describeOutcome(status) }));
  }
  return findings;
}

async function end(server: ServerProcess, { isGraceful }: { isGraceful: boolean }): Promise<void> {
  if (isGraceful) {
    const timer = setTimeout(() => void server.kill(), 5_000);
    await server.kill("SIGTERM");
    clearTimeout(timer);
  }
  await server.kill();
}

function isUnanswered({ outcome }: Step): boolean {
  return outcome.kind === "unknown";
}

function readStrike(
  outFile: string,
  { point, folder }: { point: FaultPoint; folder: string },
): Strike | null {
  const call = readStraceLog(outFile).find(({ isInjected }) => isInjected);
  if (call === undefined) return null;
  return { point, call: call.text, isInData: call.text.includes(folder) };
}

async function finalCheck(state: Run, { plan, random }: Setting): Promise<Finding[]> {
  const server = await startServer(plan);
  const session = openSession(server, state.ledger);
  try {
    return [...(await settleAll(session, random)), ...(await scrub(session))];
  } finally {
    session.close();
    await server.kill("SIGTERM");
  }
}
