/** How long `complete` takes after 1,000 parts, at 10 GiB and at 1 GiB. */
import { field, formatSize, progress, type Bench, type Workload } from "../bench.ts";
import { createContent, GiB, MiB } from "../content.ts";
import { freeDiskBytes } from "../machine.ts";
import { expectReplies } from "../peers/contender.ts";
import { completeUpload, createUpload, putParts, sampanEightParts } from "../peers/sampan.ts";
import { below, formatValues, type Outcome } from "../report.ts";
import { runLoad } from "../loader.ts";
import { settle, withServer } from "../sample.ts";

const partCount = 1000;
const inFlight = 8;
const neededDiskBytes = 25 * GiB;

type Completion = { round: number; size: number; uploadMs: number; completeMs: number };

async function completeOnce(
  bench: Bench,
  { size, round }: { size: number; round: number },
): Promise<Completion> {
  const partSize = Math.ceil(size / partCount);
  const content = createContent(bench.pool, size, partSize);
  return withServer(sampanEightParts, async (server) => {
    const created = await createUpload(server, { content, partSize });
    const sends = putParts(server, content, created);
    settle(bench.pool);
    const load = { pool: bench.pool, url: server.url, sends, connections: inFlight };
    const result = await runLoad(load);
    expectReplies(result, 200);
    // At once after the last part's answer: nothing is given time to catch up.
    const start = performance.now();
    const stored = await completeUpload(server, created.id);
    const completeMs = performance.now() - start;
    if (stored.size !== size || stored.sha256 !== content.sha256) {
      throw new Error(`completed as ${stored.size} bytes ${stored.sha256}`);
    }
    progress(`  round ${round + 1} ${formatSize(size)}: complete in ${completeMs.toFixed(1)} ms`);
    return { round, size, uploadMs: result.elapsedMs, completeMs };
  });
}

async function run(bench: Bench): Promise<Outcome> {
  const [large, little] = bench.quick ? [256 * MiB, 64 * MiB] : [10 * GiB, GiB];
  const { present, notes } = field([sampanEightParts]);
  const sizes = freeDiskBytes() < neededDiskBytes ? [little] : [large, little];
  if (sizes.length < 2) notes.push(`${formatSize(large)} skipped: less than 25 GiB of free disk`);
  const samples: Completion[] = [];
  for (let round = 0; present.length > 0 && round < Math.min(bench.rounds, 3); round++) {
    for (const size of sizes) samples.push(await completeOnce(bench, { size, round }));
  }
  const times = (size: number): number[] => {
    return samples.filter((sample) => sample.size === size).map((sample) => sample.completeMs);
  };
  const rows = sizes.map((size) => {
    const own = samples.filter((sample) => sample.size === size);
    const rates = own.map((sample) => size / MiB / (sample.uploadMs / 1000));
    return [formatSize(size), formatValues(times(size)), formatValues(rates)];
  });
  const goals = [large, little].map((size) => {
    const goal = `complete of ${partCount} parts, ${formatSize(size)} < 50 ms`;
    return below(goal, { values: times(size), limit: 50, unit: " ms" });
  });
  return {
    title: `Complete of ${partCount.toLocaleString("en")} parts`,
    columns: ["size", "complete ms", "parts MiB/s, 8 in flight"],
    rows,
    goals,
    notes,
    samples,
  };
}

export const complete: Workload = { name: "complete", what: "complete of 1,000 parts", run };
