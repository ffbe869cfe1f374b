/** 10,000 files of 4 KiB over 16 kept-alive connections. */
import { field, progress, smallContents, type Bench, type Workload } from "../bench.ts";
import { MiB } from "../content.ts";
import type { Contender } from "../peers/contender.ts";
import { nginx } from "../peers/nginx.ts";
import { sampanBatch, sampanTusCreation } from "../peers/sampan-lanes.ts";
import { sampanPut } from "../peers/sampan.ts";
import { tusServerCreation } from "../peers/tus-server.ts";
import { atLeast, formatValues, type Goal, type Outcome } from "../report.ts";
import { interleave, samplesOf, takeSample, type Sample } from "../sample.ts";
import { pairedRatio } from "../stats.ts";

const connections = 16;
const fileBytes = 4096;
const contenders = [sampanBatch, sampanPut, sampanTusCreation, tusServerCreation, nginx];

function filesPerSecond({ bytes, ms }: Sample): number {
  return bytes / fileBytes / (ms / 1000);
}

function rateGoal(samples: readonly Sample[], ours: Contender, limit: number): Goal {
  const rates = ({ name }: Contender): number[] => samplesOf(samples, name).map(filesPerSecond);
  const ratio = pairedRatio(rates(ours), rates(tusServerCreation));
  return atLeast(`${ours.name} ≥ ${limit} × ${tusServerCreation.name}`, { ratio, limit });
}

async function run(bench: Bench): Promise<Outcome> {
  const count = bench.quick ? 1000 : 10_000;
  const { present, notes } = field(contenders);
  const rounds = { contenders: present, rounds: bench.rounds, notes };
  const samples = await interleave(rounds, async (contender, round) => {
    const work = { pool: bench.pool, contents: smallContents(bench, count), connections };
    const warmUp = smallContents(bench, count / 10);
    const sample = await takeSample({ contender, round, work, warmUp });
    const rate = Math.round(filesPerSecond(sample));
    progress(`  round ${round + 1} ${contender.name}: ${rate} files/s`);
    return sample;
  });
  const rows = present.map(({ name }) => {
    const own = samplesOf(samples, name);
    return [
      name,
      formatValues(own.map(filesPerSecond)),
      formatValues(own.map((sample) => (1000 * sample.serverCpuSeconds) / (count / 1000))),
      formatValues(own.map((sample) => sample.peakRssBytes / MiB)),
    ];
  });
  return {
    title: `${count.toLocaleString("en")} files of 4 KiB, ${connections} connections`,
    columns: ["server", "files/s", "server CPU ms per 1,000", "peak RSS MiB"],
    rows,
    goals: [
      rateGoal(samples, sampanBatch, 3),
      rateGoal(samples, sampanPut, 1),
      rateGoal(samples, sampanTusCreation, 1),
    ],
    notes,
    samples,
  };
}

export const small: Workload = { name: "small", what: "10,000 files of 4 KiB", run };
