/** How long it takes to make one file of its chunks: T's merge, and the naive way, which reads all chunks and writes one file. */
import { createHash } from "node:crypto";
import { createReadStream, rmSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { field, formatSize, progress, type Bench, type Workload } from "../bench.ts";
import { createContent, GiB, MiB } from "../content.ts";
import { freeDiskBytes } from "../machine.ts";
import type { Contender, Server, Work } from "../peers/contender.ts";
import {
  chunkBytes,
  multer,
  sampanTaskForms,
  sendMulterChunks,
  sendTaskChunks,
  type SentChunks,
} from "../peers/forms.ts";
import { findStored } from "../peers/sampan.ts";
import { atLeast, formatValues, type Outcome } from "../report.ts";
import { interleave, settle, withServer } from "../sample.ts";
import { pairedRatio } from "../stats.ts";

const neededDiskBytes = 45 * GiB;
const naive: Contender = { ...multer, name: "read all chunks, write one file" };
const contenders = [sampanTaskForms, naive];

type Sample = { contender: string; round: number; size: number; mergeMs: number };

/** The digest of the merged file, looked at when nothing is timed any more. */
type Merging = { sent: SentChunks; sha256: () => Promise<string | undefined> };

async function sendTo(contender: Contender, server: Server, work: Work): Promise<Merging> {
  const [content] = work.contents;
  if (!content) throw new Error("one content is merged");
  if (contender === naive) {
    const sent = await sendMulterChunks(server, work);
    return { sent, sha256: () => hashFile(sent.mergedFile) };
  }
  const sent = await sendTaskChunks(server, work);
  return { sent, sha256: async () => (await findStored(server, content.name)).sha256 };
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

async function mergeOnce(
  bench: Bench,
  { contender, round, size }: { contender: Contender; round: number; size: number },
): Promise<Sample> {
  return withServer(contender, async (server) => {
    const content = createContent(bench.pool, size, chunkBytes);
    const work = { pool: bench.pool, contents: [content], connections: 4 };
    const { sent, sha256 } = await sendTo(contender, server, work);
    rmSync(`${server.dir}/forms`);
    settle(bench.pool);
    const start = performance.now();
    await sent.merge();
    const mergeMs = performance.now() - start;
    if ((await sha256()) !== content.sha256) throw new Error("merged otherwise");
    const time = `${mergeMs.toFixed(1)} ms`;
    progress(`  round ${round + 1} ${contender.name}, ${formatSize(size)}: ${time}`);
    return { contender: contender.name, round, size, mergeMs };
  });
}

async function run(bench: Bench): Promise<Outcome> {
  const [large, little] = bench.quick ? [256 * MiB, 64 * MiB] : [10 * GiB, GiB];
  const { present, notes } = field(contenders);
  const sizes = freeDiskBytes() < neededDiskBytes ? [little] : [little, large];
  if (sizes.length < 2) notes.push(`${formatSize(large)} skipped: less than 45 GiB of free disk`);
  const samples: Sample[] = [];
  for (const size of sizes) {
    // The large one takes a minute a turn, and differs by more than a round could.
    const rounds = { contenders: present, rounds: size === large ? 1 : bench.rounds, notes };
    samples.push(
      ...(await interleave(rounds, (contender, round) =>
        mergeOnce(bench, { contender, round, size }),
      )),
    );
  }
  const times = (name: string, size: number): number[] =>
    samples.filter((one) => one.contender === name && one.size === size).map((one) => one.mergeMs);
  const rows = sizes.map((size) => [
    formatSize(size),
    ...contenders.map(({ name }) => formatValues(times(name, size))),
  ]);
  const goals = sizes.map((size) => {
    const ratio = pairedRatio(times(naive.name, size), times(sampanTaskForms.name, size));
    return atLeast(`${formatSize(size)}: the naive way takes longer`, { ratio, limit: 1 });
  });
  return {
    title: `Merge of chunks of ${formatSize(chunkBytes)}`,
    columns: ["size", "Sampan mergeChunks, ms", `${naive.name}, ms`],
    rows,
    goals,
    notes: ["the naive way verifies nothing and flushes nothing", ...notes],
    samples,
  };
}

export const merge: Workload = { name: "merge", what: "merge of chunks, and the naive way", run };
