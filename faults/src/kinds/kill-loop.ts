import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  describeExit,
  startServer,
  StartFailed,
  type ServerPlan,
  type ServerProcess,
} from "../lib/server-process.ts";
import { scrub } from "../lib/scrub.ts";
import { openSession } from "../lib/session.ts";
import { ConnectionLost } from "../lib/http.ts";
import { startRun, type Kind, type KindOptions, type Run } from "../lib/kind.ts";
import { createRandom, type Random } from "../lib/random.ts";
import { finishEverything, tidyUp } from "../lib/settle.ts";
import {
  attachStrace,
  CHANGING_SYSCALLS,
  straceCommand,
  straceUnavailable,
  type Injection,
} from "../lib/strace.ts";
import { verify } from "../lib/verify.ts";
import { runWorkload } from "../lib/workload.ts";
import { wrong, type Finding } from "../lib/findings.ts";
import type { Session } from "../lib/ledger.ts";
import { describeOutcome } from "../lib/outcome.ts";

/**
 * A real server process is killed (SIGKILL) again and again on the same data folder: at random
 * moments, at a chosen system call while clients write, and during start-up and recovery. After each
 * restart everything that was ever acknowledged must be there.
 */
export const killLoop: Kind = { name: "kill-loop", run };

type Cut =
  | { kind: "timer"; afterMs: number }
  | { kind: "syscall"; injection: Injection; deadlineMs: number }
  | { kind: "start-up"; injection: Injection };

async function run(options: KindOptions) {
  const state = await startRun("kill-loop", options);
  const random = createRandom(options.seed).fork("kill-loop");
  const noStrace = straceUnavailable();
  if (noStrace !== null) state.skipped.push(`kills at system calls: ${noStrace}`);
  const plan: ServerPlan = {
    kind: options.server,
    dataDir: join(state.folder, "data"),
    logFile: join(state.folder, "server.log"),
    env: {
      SAMPAN_SWEEP_GRACE_MS: "1000",
      SAMPAN_SWEEP_INTERVAL_MS: "500",
      ...(options.flaw === undefined ? {} : { NAIVE_FLAW: options.flaw }),
    },
  };
  const kills: Record<string, number> = { timer: 0, syscall: 0, "start-up": 0 };
  let goesOn = true;
  for (let round = 1; goesOn && round <= options.rounds; round++) {
    const dice = random.fork(`round ${round}`);
    const cut = chooseCut(dice, noStrace === null);
    kills[cut.kind] = (kills[cut.kind] ?? 0) + 1;
    goesOn = await state.attempt(round, () => killOnce(state, { plan, cut, random: dice }));
    state.countRound();
    if (round % 50 === 0) options.say(`  round ${round}: ${progress(state)}`);
  }
  Object.assign(state.facts, kills);
  if (goesOn) await state.attempt(options.rounds + 1, () => finalCheck(state, { plan, random }));
  return state.finish();
}

function chooseCut(random: Random, hasStrace: boolean): Cut {
  const family = random.pick(Object.values(CHANGING_SYSCALLS));
  const dice = hasStrace ? random.next() : 0;
  if (dice < 0.45) return { kind: "timer", afterMs: random.int(5, 500) };
  // Most occurrences are early ones: each is a different step of the same few operations.
  const when = random.chance(0.7) ? random.int(1, 12) : random.int(13, 80);
  const injection = { syscalls: family, effect: "signal=KILL", when };
  if (dice < 0.88) return { kind: "syscall", injection, deadlineMs: 500 };
  return { kind: "start-up", injection };
}

interface Round {
  plan: ServerPlan;
  cut: Cut;
  random: Random;
}

async function killOnce(state: Run, { plan, cut, random }: Round): Promise<Finding[]> {
  const traceFile = join(state.folder, "strace.log");
  const wrapper = cut.kind === "start-up" ? straceCommand(traceFile, cut.injection) : undefined;
  const server = await startServer({
    ...plan,
    ...(wrapper === undefined ? {} : { wrapper }),
  }).catch((error: unknown) => {
    const isIntended = error instanceof StartFailed && error.exit.signal === "SIGKILL";
    if (cut.kind === "start-up" && isIntended) return null;
    throw error;
  });
  if (server === null) return [];
  const findings: Finding[] = [];
  const onOutcome: Session["onOutcome"] = ({ op, target, outcome }) => {
    if (outcome.kind !== "refused") return;
    findings.push(wrong(`${op} ${target} was refused`, { found: describeOutcome(outcome) }));
  };
  const session = openSession(server, state.ledger, { onOutcome });
  try {
    findings.push(...(await verify(session, { random, sample: 8 })));
    await tidyUp(session, { random, keepFiles: 120, keepUploads: 24 });
    const killed = arm(cut, { server, traceFile });
    await killed.armed;
    await runWorkload(session, {
      random,
      clients: 8,
      hasTus: plan.kind === "sampan",
      shouldStop: () => !server.isAlive(),
    });
    await killed.done;
  } catch (error) {
    // Only a kill planned for a system call may strike outside of the workload.
    if (!(error instanceof ConnectionLost) || cut.kind === "timer") throw error;
  } finally {
    session.close();
    await server.kill();
  }
  const exit = await server.exited;
  if (exit.signal !== "SIGKILL") {
    findings.push(wrong("the server ended by itself", { found: describeExit(exit) }));
  }
  return findings;
}

/** Plans the kill; a system call that never comes is replaced by a plain kill at the deadline. */
function arm(
  cut: Cut,
  { server, traceFile }: { server: ServerProcess; traceFile: string },
): { armed: Promise<unknown>; done: Promise<unknown> } {
  const killAfter = async (ms: number): Promise<unknown> => {
    await Promise.race([delay(ms), server.exited]);
    return server.kill();
  };
  if (cut.kind !== "syscall") {
    const done = killAfter(cut.kind === "timer" ? cut.afterMs : 400);
    return { armed: Promise.resolve(), done };
  }
  const target = { pid: server.pid };
  const armed = attachStrace(target, { outFile: traceFile, injection: cut.injection });
  return { armed, done: armed.then(() => killAfter(cut.deadlineMs)) };
}

async function finalCheck(
  state: Run,
  { plan, random }: { plan: ServerPlan; random: Random },
): Promise<Finding[]> {
  const server = await startServer(plan);
  const session: Session & { close(): void } = openSession(server, state.ledger);
  try {
    const findings = await verify(session, { random, sample: Infinity });
    findings.push(...(await finishEverything(session)));
    findings.push(...(await scrub(session)));
    return findings;
  } finally {
    session.close();
    await server.kill("SIGTERM");
  }
}

function progress(state: Run): string {
  const { operations, bytes } = state.ledger.acknowledged;
  return `${operations} operations, ${(bytes / 2 ** 20).toFixed(0)} MiB acknowledged`;
}
