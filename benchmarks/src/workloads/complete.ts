/** How long `complete` takes after 1,000 parts, at 10 GiB and at 1 GiB. */
import { setTimeout as sleep } from "node:timers/promises";
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

/** How long the server is left alone between the last part's answer and `complete`. */
const rests = [0, 10_000];

type Attempt = { size: number; round: number; restMs: number };

type Completion = Attempt & { uploadMs: number; completeMs: number };

async function completeOnce(bench: Bench, attempt: Attempt): Promise<Completion> {
  const { size, round, restMs } = attempt;
  const partSize = Math.ceil(size / partCount);
  const content = createContent(bench.pool, size, partSize);
  return withServer(sampanEightParts, async (server) => {
    const created = await createUpload(server, { content, partSize });
    const sends = putParts(server, content, created);
    settle(bench.pool);
    const load = { pool: bench.pool, url: server.url, sends, connections: inFlight };
    const result = await runLoad(load);
    expectReplies(result, 200);
    await sleep(restMs);
    const start = performance.now();
    const stored = await completeUpload(server, created.id);
    const completeMs = performance.now() - start;
    if (stored.size !== size || stored.sha256 !== content.sha256) {
      throw new Error(`completed as ${stored.size} bytes ${stored.sha256}`);
    }
    progress(
      `  round ${round + 1} ${formatSize(size)}, ${restMs} ms later: ${completeMs.toFixed(1)} ms`,
    );
    return { ...attempt, uploadMs: result.elapsedMs, completeMs };
  });
}

async function run(bench: Bench): Promise<Outcome> {
  const [large, little] = bench.quick ? [256 * MiB, 64 * MiB] : [10 * GiB, GiB];
  const { present, notes } = field([sampanEightParts]);
  const sizes = freeDiskBytes() < neededDiskBytes ? [little] : [large, little];
  if (sizes.length < 2) notes.push(`${formatSize(large)} skipped: less than 25 GiB of free disk`);
  const samples: Completion[] = [];
  for (let round = 0; present.length > 0 && round < Math.min(bench.rounds, 3); round++) {
    for (const size of sizes) {
      for (const restMs of rests) samples.push(await completeOnce(bench, { size, round, restMs }));
    }
  }
  const times = (size: number, restMs: number): number[] => {
    return samples
      .filter((sample) => sample.size === size && sample.restMs === restMs)
      .map((sample) => sample.completeMs);
  };
  const rows = sizes.map((size) => {
    const own = samples.filter((sample) => sample.size === size);
    const rates = own.map((sample) => size / MiB / (sample.uploadMs / 1000));
    const spreads = rests.map((restMs) => formatValues(times(size, restMs)));
    return [formatSize(size), ...spreads, formatValues(rates)];
  });
  const goals = [large, little].map((size) => {
    const goal = `complete of ${partCount} parts, ${formatSize(size)} < 50 ms`;
    return below(goal, { values: times(size, 0), limit: 50, unit: " ms" });
  });
  return {
    title: `Complete of ${partCount.toLocaleString("en")} parts`,
    columns: [
      "size",
      "complete ms, at once",
      "complete ms, 10 s later",
      "parts MiB/s, 8 in flight",
    ],
    rows,
    goals,
    notes,
    samples,
  };
}

export const complete: Workload = { name: "complete", what: "complete of 1,000 parts", run };
