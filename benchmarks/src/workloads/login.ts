/** Sign-ins by name and password while a big upload runs, and each of the two alone. */
import { field, formatSize, progress, type Bench, type Workload } from "../bench.ts";
import { createContent, GiB, MiB } from "../content.ts";
import type { Send } from "../load.ts";
import { runLoad } from "../loader.ts";
import { openSignup, password, signUp } from "../people.ts";
import { expectReplies, type Server } from "../peers/contender.ts";
import { sampanPut } from "../peers/sampan.ts";
import { startSampan } from "../peers/sampan-server.ts";
import { formatValues, type Goal, type Outcome } from "../report.ts";
import { measure, settle, withServer } from "../sample.ts";
import { spreadOf } from "../stats.ts";

const people = 20;
const connections = 32;
const goalPerSecond = 100;

type Turn = { loginsPerSecond?: number; uploadMiBPerSecond?: number; cpuSeconds: number };
type Kind = "logins alone" | "upload alone" | "both at once";
type Sample = Turn & { kind: Kind; round: number };

function prepareLogins(count: number): Send[] {
  return Array.from({ length: count }, (_, i) => {
    const body = Buffer.from(JSON.stringify({ name: `person-${i % people}`, password }));
    return {
      method: "POST",
      path: "/api/v1/auth/login",
      headers: { "Content-Type": "application/json" },
      body: { range: { offset: 0, length: 0 }, tail: body },
    };
  });
}

/** Answers that came within the first `ms`, by the second. */
function perSecond(ends: readonly number[], ms: number): number {
  return ends.filter((end) => end <= ms).length / (ms / 1000);
}

async function runBoth(
  bench: Bench,
  { server, logins, bytes }: { server: Server; logins: number; bytes: number },
): Promise<Turn> {
  const { pool } = bench;
  const contents =
    bytes === 0
      ? []
      : Array.from({ length: Math.ceil(bytes / pool.size) }, () => createContent(pool, pool.size));
  settle(pool);
  const sends = prepareLogins(logins);
  const [[login, upload], usage] = await measure(server, () =>
    Promise.all([
      logins > 0 ? runLoad({ url: server.url, pool, sends, connections }) : undefined,
      bytes > 0 ? sampanPut.upload(server, { pool, contents, connections: 1 }) : undefined,
    ]),
  );
  if (login) expectReplies(login, 200);
  // While the upload runs; alone, all of them.
  const window = Math.min(login?.elapsedMs ?? Infinity, upload?.ms ?? Infinity);
  const ends = login?.replies.map(({ endMs }) => endMs) ?? [];
  if (login && upload && login.elapsedMs < upload.ms) throw new Error("too few logins to compare");
  const sent = contents.reduce((sum, { size }) => sum + size, 0);
  return {
    ...(login ? { loginsPerSecond: perSecond(ends, window) } : {}),
    ...(upload ? { uploadMiBPerSecond: sent / MiB / (upload.ms / 1000) } : {}),
    cpuSeconds: usage.serverCpuSeconds,
  };
}

async function run(bench: Bench): Promise<Outcome> {
  const { present, notes } = field([sampanPut]);
  const bytes = bench.quick ? 2 * bench.pool.size : 4 * GiB;
  // As many as outlast the upload, on a machine that could do three times what is asked for.
  const logins = bench.quick ? 150 : 3000;
  const samples: Sample[] = [];
  for (let round = 0; present.length > 0 && round < bench.rounds; round++) {
    const start = (dir: string) => startSampan(dir, openSignup);
    await withServer({ name: "login", start }, async (server) => {
      for (let i = 0; i < people; i++) await signUp(server, `person-${i}`);
      await runBoth(bench, { server, logins: 50, bytes: 0 });
      const turns: [Kind, { logins: number; bytes: number }][] = [
        ["logins alone", { logins: bench.quick ? logins : 1000, bytes: 0 }],
        ["upload alone", { logins: 0, bytes }],
        ["both at once", { logins, bytes }],
      ];
      for (const [kind, load] of turns) {
        const turn = await runBoth(bench, { server, ...load });
        samples.push({ ...turn, kind, round });
        const rates = [turn.loginsPerSecond ?? 0, turn.uploadMiBPerSecond ?? 0].map(Math.round);
        progress(`  round ${round + 1} ${kind}: ${rates[0]} logins/s, ${rates[1]} MiB/s`);
      }
    });
  }
  const of = (kind: Kind, key: "loginsPerSecond" | "uploadMiBPerSecond"): number[] =>
    samples.filter((one) => one.kind === kind).flatMap((one) => one[key] ?? []);
  const kinds: Kind[] = ["logins alone", "upload alone", "both at once"];
  const rows = kinds.map((kind) => [
    kind,
    ...(["loginsPerSecond", "uploadMiBPerSecond"] as const).map((key) =>
      of(kind, key).length === 0 ? "" : formatValues(of(kind, key)),
    ),
  ]);
  const goals = (["logins alone", "both at once"] as const).map((kind): Goal => {
    const values = of(kind, "loginsPerSecond");
    const measured = formatValues(values);
    const goal = `${kind}: ≥ ${goalPerSecond} logins/s`;
    const pass = values.length === 0 ? undefined : spreadOf(values).median >= goalPerSecond;
    return { goal, measured, pass };
  });
  return {
    title: `Sign-ins by password beside an upload of ${formatSize(bytes)}`,
    columns: ["load", "logins/s", "upload MiB/s"],
    rows,
    goals,
    notes: [`argon2id of 19 MiB and two passes each; ${connections} at once`, ...notes],
    samples,
  };
}

export const login: Workload = { name: "login", what: "sign-ins beside an upload", run };
