/** Big uploads: one stream, eight parts, four at once. */
import {
  bigContents,
  bigSize,
  field,
  formatSize,
  progress,
  type Bench,
  type Workload,
} from "../bench.ts";
import { GiB, MiB } from "../content.ts";
import { measureSha256 } from "../machine.ts";
import type { Contender } from "../peers/contender.ts";
import { nginx, nginxLargeBuffer } from "../peers/nginx.ts";
import { sampanTus } from "../peers/sampan-lanes.ts";
import { sampanEightParts, sampanOnePart, sampanPut } from "../peers/sampan.ts";
import { tusServer } from "../peers/tus-server.ts";
import { tusd } from "../peers/tusd.ts";
import { uploadx } from "../peers/uploadx.ts";
import { atLeast, formatValues, type Goal, type Outcome } from "../report.ts";
import {
  cpuPerGiB,
  interleave,
  mibPerSecond,
  samplesOf,
  takeSample,
  warmUpContent,
  type Sample,
} from "../sample.ts";
import { median, pairedRatio, type Spread } from "../stats.ts";

const peers = [tusServer, uploadx, nginx, tusd];

type Plan = { title: string; contenders: readonly Contender[]; uploads: number };

type Measured = Omit<Outcome, "goals" | "samples"> & { samples: Sample[] };

async function measureUploads(bench: Bench, plan: Plan): Promise<Measured> {
  const { present, notes } = field(plan.contenders);
  const rounds = { contenders: present, rounds: bench.rounds, notes };
  const samples = await interleave(rounds, async (contender, round) => {
    const contents = bigContents(bench, plan.uploads);
    const work = { pool: bench.pool, contents, connections: plan.uploads };
    const warmUp = warmUpContent(bench.pool);
    const sample = await takeSample({ contender, round, work, warmUp });
    progress(`  round ${round + 1} ${contender.name}: ${Math.round(mibPerSecond(sample))} MiB/s`);
    return sample;
  });
  const columns = ["server", "MiB/s", "server CPU s/GiB", "peak RSS MiB", "client CPU s/GiB"];
  return { title: plan.title, columns, rows: present.map(rowOf(samples)), notes, samples };
}

function rowOf(samples: readonly Sample[]): (contender: Contender) => string[] {
  return ({ name }) => {
    const own = samplesOf(samples, name);
    return [
      name,
      formatValues(own.map(mibPerSecond)),
      formatValues(own.map(cpuPerGiB)),
      formatValues(own.map((sample) => sample.peakRssBytes / MiB)),
      formatValues(own.map((sample) => sample.clientCpuSeconds / (sample.bytes / GiB))),
    ];
  };
}

function speedRatio(samples: readonly Sample[], ours: string, theirs: string): Spread {
  const speeds = (name: string): number[] => samplesOf(samples, name).map(mibPerSecond);
  return pairedRatio(speeds(ours), speeds(theirs));
}

/** 1.3 × nginx's CPU plus one bare SHA-256, compared within each round. */
function cpuGoal(samples: readonly Sample[], sha256: readonly number[]): Goal {
  const allowed = samplesOf(samples, nginx.name).map((sample, round) => {
    return 1.3 * cpuPerGiB(sample) + (sha256[round] ?? Number.NaN);
  });
  const ours = samplesOf(samples, sampanPut.name).map(cpuPerGiB);
  const goal = "CPU s/GiB ≤ 1.3 × nginx + bare SHA-256";
  if (ours.length === 0 || allowed.length === 0) {
    return { goal, measured: "not measured", pass: undefined };
  }
  const ratio = pairedRatio(ours, allowed);
  const measured = `${formatValues(ours)} of ${formatValues(allowed)} allowed`;
  return { goal, measured, pass: ratio.median <= 1 };
}

async function runSingle(bench: Bench): Promise<Outcome> {
  const contenders = [sampanPut, sampanOnePart, sampanTus, ...peers, nginxLargeBuffer];
  const title = `One ${formatSize(bigSize(bench))} upload, one stream`;
  const sha256 = Array.from({ length: bench.rounds }, () => measureSha256());
  const measured = await measureUploads(bench, { title, contenders, uploads: 1 });
  const { samples } = measured;
  const goals = [sampanPut, sampanOnePart, sampanTus].flatMap(({ name }) => [
    atLeast(`${name} ≥ 1.5 × ${tusServer.name}`, {
      ratio: speedRatio(samples, name, tusServer.name),
      limit: 1.5,
    }),
    atLeast(`${name} ≥ 1 × ${nginx.name}`, {
      ratio: speedRatio(samples, name, nginx.name),
      limit: 1,
    }),
  ]);
  const notes = [
    `bare SHA-256: ${formatValues(sha256)} CPU s/GiB, so one stream hashed on one core ends there`,
    ...measured.notes,
  ];
  return { ...measured, goals: [...goals, cpuGoal(samples, sha256)], notes };
}

async function runParallel(bench: Bench): Promise<Outcome> {
  const contenders = [sampanEightParts, sampanPut, ...peers];
  const title = `One ${formatSize(bigSize(bench))} upload in 8 parallel parts`;
  const measured = await measureUploads(bench, { title, contenders, uploads: 1 });
  const { samples } = measured;
  const ours = sampanEightParts.name;
  const goals = [
    atLeast("8 parts ≥ our own single stream", {
      ratio: speedRatio(samples, ours, sampanPut.name),
      limit: 1,
    }),
  ];
  const best = bestPeer(samples);
  if (best !== undefined) {
    goals.push(
      atLeast(`8 parts ≥ 1.5 × the best peer's single stream (${best})`, {
        ratio: speedRatio(samples, ours, best),
        limit: 1.5,
      }),
    );
  }
  return { ...measured, goals };
}

function bestPeer(samples: readonly Sample[]): string | undefined {
  const speedOf = ({ name }: Contender): number => {
    return median(samplesOf(samples, name).map(mibPerSecond));
  };
  const measured = peers.filter(({ name }) => samplesOf(samples, name).length > 0);
  return measured.toSorted((a, b) => speedOf(b) - speedOf(a))[0]?.name;
}

async function runConcurrent(bench: Bench): Promise<Outcome> {
  const contenders = [sampanPut, sampanTus, ...peers];
  const title = `4 concurrent ${formatSize(bigSize(bench))} uploads`;
  const measured = await measureUploads(bench, { title, contenders, uploads: 4 });
  const goals = [sampanPut, sampanTus].map(({ name }) => {
    const ratio = speedRatio(measured.samples, name, tusServer.name);
    return atLeast(`${name} ≥ 1.5 × ${tusServer.name}`, { ratio, limit: 1.5 });
  });
  return { ...measured, goals };
}

export const single: Workload = {
  name: "single",
  what: "one 1 GiB upload in one stream",
  run: runSingle,
};

export const parallel: Workload = {
  name: "parallel",
  what: "one 1 GiB upload in 8 parallel parts",
  run: runParallel,
};

export const concurrent: Workload = {
  name: "concurrent",
  what: "4 concurrent 1 GiB uploads",
  run: runConcurrent,
};
