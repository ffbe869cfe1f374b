import { join } from "node:path";
import { startRun, type Kind, type KindOptions, type Run } from "../lib/kind.ts";
import { createNames } from "../lib/names.ts";
import { createRandom, type Random } from "../lib/random.ts";
import { scrub } from "../lib/scrub.ts";
import { startServer, type ServerPlan } from "../lib/server-process.ts";
import { openSession } from "../lib/session.ts";
import { finishEverything } from "../lib/settle.ts";
import { verify } from "../lib/verify.ts";
import type { Finding } from "../lib/findings.ts";
import { cutEverywhere } from "../lib/network-cuts.ts";
import { crawlAndStall, MIN_BYTES_PER_SECOND, WINDOW_MS } from "../lib/network-slow.ts";

/**
 * Bad networks: clients that crawl, stall, hang up or reset at every interesting byte. The slow are
 * answered 408, the slow but steady are left alone, nothing unacknowledged counts, and what was
 * acknowledged before stays; every upload then resumes at the offset that the server reports, and
 * its content is compared.
 */
export const slowNet: Kind = { name: "slow-net", run };

async function run(options: KindOptions) {
  const state = await startRun("slow-net", options);
  const plan: ServerPlan = {
    kind: options.server,
    dataDir: join(state.folder, "data"),
    logFile: join(state.folder, "server.log"),
    env: {
      SAMPAN_MIN_BYTES_PER_SECOND: String(MIN_BYTES_PER_SECOND),
      SAMPAN_MIN_RATE_WINDOW_MS: String(WINDOW_MS),
      ...(options.flaw === undefined ? {} : { NAIVE_FLAW: options.flaw }),
    },
  };
  let goesOn = true;
  for (let round = 1; goesOn && round <= options.rounds; round++) {
    const random = createRandom(options.seed).fork(`slow-net ${round}`);
    goesOn = await state.attempt(round, () => oneRound(state, { plan, random }));
    state.countRound();
  }
  return state.finish();
}

async function oneRound(
  state: Run,
  { plan, random }: { plan: ServerPlan; random: Random },
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const report = (finding: Finding): void => void findings.push(finding);
  const scope = random.int(0, 2 ** 30).toString(36);
  const first = await startServer(plan);
  const session = openSession(first, state.ledger);
  try {
    const names = createNames(random, { scope });
    await Promise.all([
      crawlAndStall(session, { names, report }),
      cutEverywhere(session, { names, report, facts: state.facts }),
    ]);
    findings.push(...(await verify(session, { random, sample: Infinity })));
  } finally {
    session.close();
    await first.kill();
  }
  const second = await startServer(plan);
  const after = openSession(second, state.ledger);
  try {
    findings.push(...(await verify(after, { random, sample: Infinity })));
    findings.push(...(await finishEverything(after)));
    findings.push(...(await scrub(after)));
    return findings;
  } finally {
    after.close();
    await second.kill("SIGTERM");
  }
}
