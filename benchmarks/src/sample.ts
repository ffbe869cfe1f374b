/** Takes samples: fresh server, warm-up, settled disk, measured upload, verified result. */
import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { createContent, GiB, MiB, warmPool, type Content, type Pool } from "./content.ts";
import { describeError } from "./report.ts";
import { verifyUpload, type Contender, type Server, type Work } from "./peers/contender.ts";
import { cpuSeconds, peakRssBytes, resetPeakRss, stopProcess } from "./process.ts";
import { freshDir, removeDir } from "./workspace.ts";

export type Usage = { serverCpuSeconds: number; peakRssBytes: number };

export type Sample = Usage & {
  round: number;
  contender: string;
  ms: number;
  bytes: number;
  clientCpuSeconds: number;
};

/** Work a server still does after its last answer is part of what the answer cost. */
const afterworkMs = 300;

export async function measure<T>(server: Server, work: () => Promise<T>): Promise<[T, Usage]> {
  const { pid } = server.process;
  resetPeakRss(pid);
  const before = cpuSeconds(pid);
  const result = await work();
  await sleep(afterworkMs);
  if (server.process.child.exitCode !== null) throw new Error("the server ended under the work");
  return [result, { serverCpuSeconds: cpuSeconds(pid) - before, peakRssBytes: peakRssBytes(pid) }];
}

/** What an earlier sample left unwritten must not be written during this one. */
export function settle(pool: Pool): void {
  spawnSync("sync");
  warmPool(pool);
}

/** Runs `use` against a server of its own in a fresh folder. */
export async function withServer<T>(
  contender: Pick<Contender, "name" | "start">,
  use: (server: Server) => Promise<T>,
): Promise<T> {
  const dir = freshDir(contender.name);
  try {
    const server = await contender.start(dir);
    try {
      return await use(server);
    } finally {
      await stopProcess(server.process);
    }
  } finally {
    removeDir(dir);
  }
}

export type Trial = { contender: Contender; round: number; work: Work; warmUp: Content[] };

/** The warm-up goes through the same requests, so that no run measures a cold compiler. */
export function takeSample({ contender, round, work, warmUp }: Trial): Promise<Sample> {
  return withServer(contender, async (server) => {
    const warm = { ...work, contents: warmUp };
    await verifyUpload(await contender.upload(server, warm), warmUp);
    settle(work.pool);
    const [upload, usage] = await measure(server, () => contender.upload(server, work));
    await verifyUpload(upload, work.contents);
    return {
      round,
      contender: contender.name,
      ms: upload.ms,
      bytes: work.contents.reduce((sum, content) => sum + content.size, 0),
      clientCpuSeconds: upload.clientCpuSeconds,
      ...usage,
    };
  });
}

export function warmUpContent(pool: Pool): Content[] {
  return [createContent(pool, Math.min(pool.size, 64 * MiB))];
}

export type Turns = { contenders: readonly Contender[]; rounds: number; notes: string[] };

/**
 * Every contender once a round, each round beginning with the next one. One that breaks is out from
 * then on and noted; the others go on, and what it did before stays in step with their rounds.
 */
export async function interleave<T>(
  { contenders, rounds, notes }: Turns,
  run: (contender: Contender, round: number) => Promise<T>,
): Promise<T[]> {
  const samples: T[] = [];
  const broken = new Set<Contender>();
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(round + turn) % contenders.length];
      if (!contender || broken.has(contender)) continue;
      try {
        samples.push(await run(contender, round));
      } catch (error) {
        broken.add(contender);
        notes.push(`BROKEN in round ${round + 1}: ${contender.name}: ${describeError(error)}`);
        process.exitCode = 1;
      }
    }
  }
  return samples;
}

export function samplesOf(samples: readonly Sample[], contender: string): Sample[] {
  return samples.filter((sample) => sample.contender === contender);
}

export function mibPerSecond({ bytes, ms }: Sample): number {
  return bytes / MiB / (ms / 1000);
}

export function cpuPerGiB({ serverCpuSeconds, bytes }: Sample): number {
  return serverCpuSeconds / (bytes / GiB);
}
