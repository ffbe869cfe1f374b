/** One upload in chunks of 8 MiB, four at once: as forms, as raw parts, and to multer. */
import { bigSize, field, formatSize, progress, type Bench, type Workload } from "../bench.ts";
import { createContent, GiB, MiB } from "../content.ts";
import { chunkBytes, multer, sampanRawChunks, sampanTaskForms } from "../peers/forms.ts";
import { atLeast, formatValues, type Outcome } from "../report.ts";
import { cpuPerGiB, interleave, mibPerSecond, samplesOf, takeSample } from "../sample.ts";
import { pairedRatio } from "../stats.ts";

const contenders = [sampanTaskForms, sampanRawChunks, multer];
const warmUpBytes = 3 * chunkBytes;

async function run(bench: Bench): Promise<Outcome> {
  const { present, notes } = field(contenders);
  const rounds = { contenders: present, rounds: bench.rounds, notes };
  const samples = await interleave(rounds, async (contender, round) => {
    const contents = [createContent(bench.pool, bigSize(bench), chunkBytes)];
    const work = { pool: bench.pool, contents, connections: 4 };
    const warmUp = [createContent(bench.pool, warmUpBytes, chunkBytes)];
    const sample = await takeSample({ contender, round, work, warmUp });
    progress(`  round ${round + 1} ${contender.name}: ${Math.round(mibPerSecond(sample))} MiB/s`);
    return sample;
  });
  const speeds = (name: string): number[] => samplesOf(samples, name).map(mibPerSecond);
  const ours = speeds(sampanTaskForms.name);
  const rows = present.map(({ name }) => {
    const own = samplesOf(samples, name);
    const rss = own.map((sample) => sample.peakRssBytes / MiB);
    const client = own.map((sample) => sample.clientCpuSeconds / (sample.bytes / GiB));
    return [name, speeds(name), own.map(cpuPerGiB), rss, client].map((cell) =>
      typeof cell === "string" ? cell : formatValues(cell),
    );
  });
  return {
    title: `One ${formatSize(bigSize(bench))} upload in chunks of ${formatSize(chunkBytes)}`,
    columns: ["server", "MiB/s", "server CPU s/GiB", "peak RSS MiB", "client CPU s/GiB"],
    rows,
    goals: [
      atLeast("uploadChunk ≥ 0.8 × raw PUT", {
        ratio: pairedRatio(ours, speeds(sampanRawChunks.name)),
        limit: 0.8,
      }),
      atLeast("uploadChunk ≥ 2 × multer", {
        ratio: pairedRatio(ours, speeds(multer.name)),
        limit: 2,
      }),
    ],
    notes: ["multer computes no digest and flushes nothing", ...notes],
    samples,
  };
}

export const forms: Workload = { name: "forms", what: "8 MiB chunks as forms", run };
