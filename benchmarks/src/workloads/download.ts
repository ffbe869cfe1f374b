/** A whole 1 GiB file to `/dev/null`, by curl. */
import {
  bigContents,
  bigSize,
  field,
  formatSize,
  progress,
  type Bench,
  type Workload,
} from "../bench.ts";
import { MiB, type Content } from "../content.ts";
import { hashAnswer } from "../http.ts";
import type { Contender } from "../peers/contender.ts";
import { curl } from "../curl.ts";
import { findProgram } from "../find-program.ts";
import { nginx } from "../peers/nginx.ts";
import { sampanPut } from "../peers/sampan.ts";
import { atLeast, formatValues, type Outcome } from "../report.ts";
import {
  cpuPerGiB,
  interleave,
  measure,
  mibPerSecond,
  samplesOf,
  settle,
  withServer,
  type Sample,
} from "../sample.ts";
import { pairedRatio } from "../stats.ts";

/** `@tus/server` is left out: its process ends with an uncaught error once curl has its file. */
const contenders = [sampanPut, nginx];

type Turn = { bench: Bench; contender: Contender; round: number };

async function downloadOnce({ bench, contender, round }: Turn): Promise<Sample> {
  const contents = bigContents(bench, 1);
  const [content] = contents as [Content];
  return withServer(contender, async (server) => {
    const upload = await contender.upload(server, { pool: bench.pool, contents, connections: 1 });
    const { path } = await upload.stored(0);
    if (path === undefined) throw new Error(`${contender.name} has nowhere to read from`);
    // The whole answer is checked once and is at the same time the server's warm-up.
    const question = { method: "GET", path, headers: server.headers };
    const sha256 = await hashAnswer(server.url, question);
    if (sha256 !== content.sha256) throw new Error(`${contender.name} gives other bytes back`);
    settle(bench.pool);
    const [ms, usage] = await measure(server, () => curl(server, { path, size: content.size }));
    return {
      round,
      contender: contender.name,
      ms,
      bytes: content.size,
      clientCpuSeconds: 0,
      ...usage,
    };
  });
}

async function run(bench: Bench): Promise<Outcome> {
  const title = `Whole-file download, ${formatSize(bigSize(bench))}, by curl`;
  const columns = ["server", "MiB/s", "server CPU s/GiB", "peak RSS MiB"];
  if (findProgram("curl") === undefined) {
    return {
      title,
      columns,
      rows: [],
      goals: [],
      notes: ["skipped: no curl on PATH"],
      samples: [],
    };
  }
  const { present, notes } = field(contenders);
  const rounds = { contenders: present, rounds: bench.rounds, notes };
  const samples = await interleave(rounds, async (contender, round) => {
    const sample = await downloadOnce({ bench, contender, round });
    progress(`  round ${round + 1} ${contender.name}: ${Math.round(mibPerSecond(sample))} MiB/s`);
    return sample;
  });
  const rows = present.map(({ name }) => {
    const own = samplesOf(samples, name);
    return [
      name,
      formatValues(own.map(mibPerSecond)),
      formatValues(own.map(cpuPerGiB)),
      formatValues(own.map((sample) => sample.peakRssBytes / MiB)),
    ];
  });
  const speeds = (name: string): number[] => samplesOf(samples, name).map(mibPerSecond);
  const ratio = pairedRatio(speeds(sampanPut.name), speeds(nginx.name));
  const goals = [atLeast("Sampan ≥ 0.7 × nginx", { ratio, limit: 0.7 })];
  return { title, columns, rows, goals, notes, samples };
}

export const download: Workload = { name: "download", what: "one 1 GiB file, read whole", run };
