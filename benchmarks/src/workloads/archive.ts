/** 10,000 files as one ZIP, beside a plain file of as many bytes from the same server, by curl. */
import { createHash } from "node:crypto";
import { field, progress, type Bench, type Workload } from "../bench.ts";
import { createContent, createContents, MiB, type Content } from "../content.ts";
import { ask, expectStatus, hashAnswer, parseObject } from "../http.ts";
import type { Server } from "../peers/contender.ts";
import { curl } from "../curl.ts";
import { findProgram } from "../find-program.ts";
import { sampanPut } from "../peers/sampan.ts";
import { atLeast, below, formatValues, type Outcome } from "../report.ts";
import { measure, mibPerSecond, settle, withServer, type Sample } from "../sample.ts";
import { pairedRatio } from "../stats.ts";

const connections = 16;
/** Of what people keep in folders; and of source trees, where the cost is one of files and not of bytes. */
const fileSizes = [64 * 1024, 4 * 1024] as const;
const [goalSize] = fileSizes;

type Kind = "zip" | "plain";
type Download = Sample & { kind: Kind; fileBytes: number };

async function upload(server: Server, bench: Bench, contents: Content[]): Promise<string> {
  const { pool } = bench;
  const result = await sampanPut.upload(server, { pool, contents, connections });
  const { path, size } = await result.stored(contents.length - 1);
  if (path === undefined || size !== contents.at(-1)?.size) throw new Error("stored otherwise");
  return path;
}

type Archive = { path: string; size: number; entries: number };

async function keepArchive(server: Server, ids: readonly string[]): Promise<Archive> {
  const answer = await ask(server.url, {
    method: "POST",
    path: "/api/v1/archive",
    headers: { ...server.headers, "Content-Type": "application/json" },
    body: JSON.stringify({ ids }),
  });
  expectStatus(answer, 201);
  const { url, size, entries } = parseObject(answer.body);
  return { path: String(url), size: Number(size), entries: Number(entries) };
}

/** An archive that is read in two ranges is the one that is read whole. */
async function checkHalves(server: Server, { path, size }: Archive): Promise<void> {
  const { headers } = server;
  const whole = await hashAnswer(server.url, { method: "GET", path, headers });
  const halves = createHash("sha256");
  const middle = Math.floor(size / 2);
  for (const range of [`bytes=0-${middle - 1}`, `bytes=${middle}-`]) {
    const answer = await ask(server.url, { method: "GET", path, headers: { ...headers, range } });
    expectStatus(answer, 206);
    halves.update(answer.body);
  }
  if (halves.digest("hex") !== whole) throw new Error("two halves are not the whole");
}

async function downloadBoth(
  bench: Bench,
  { fileBytes, round }: { fileBytes: number; round: number },
): Promise<Download[]> {
  const count = bench.quick ? 200 : 10_000;
  return withServer(sampanPut, async (server) => {
    await upload(server, bench, createContents(bench.pool, count, fileBytes));
    // By the ids that there are now: the plain file comes after.
    const archive = await keepArchive(server, await listIds(server));
    if (archive.entries !== count) throw new Error(`${archive.entries} entries of ${count} files`);
    await checkHalves(server, archive);
    const size = Math.min(archive.size, bench.pool.size);
    const plainPath = await upload(server, bench, [createContent(bench.pool, size)]);
    const work: [Kind, { path: string; size: number }][] = [
      ["zip", archive],
      ["plain", { path: plainPath, size }],
    ];
    const samples: Download[] = [];
    for (const [kind, wanted] of round % 2 === 0 ? work : work.toReversed()) {
      await curl(server, wanted);
      settle(bench.pool);
      const [ms, usage] = await measure(server, () => curl(server, wanted));
      const sample = { ...usage, ms, bytes: wanted.size, clientCpuSeconds: 0 };
      samples.push({ ...sample, round, contender: sampanPut.name, kind, fileBytes });
    }
    return samples;
  });
}

async function listIds(server: Server): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: unknown = ""; typeof cursor === "string";) {
    const path = `/api/v1/files?limit=1000${cursor === "" ? "" : `&cursor=${cursor}`}`;
    const answer = await ask(server.url, { method: "GET", path, headers: server.headers });
    expectStatus(answer, 200);
    const page = parseObject(answer.body) as { items: { id: string }[]; nextCursor: unknown };
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  return ids;
}

async function run(bench: Bench): Promise<Outcome> {
  const count = bench.quick ? 200 : 10_000;
  const title = `${count.toLocaleString("en")} files as one ZIP, by curl`;
  const columns = [
    "files of",
    "zip MiB/s",
    "plain MiB/s",
    "zip peak RSS MiB",
    "plain peak RSS MiB",
  ];
  const { present, notes } = field([sampanPut]);
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
  const samples: Download[] = [];
  for (let round = 0; present.length > 0 && round < bench.rounds; round++) {
    for (const fileBytes of fileSizes) {
      const both = await downloadBoth(bench, { fileBytes, round });
      samples.push(...both);
      const rates = both.map((one) => `${one.kind} ${Math.round(mibPerSecond(one))} MiB/s`);
      progress(`  round ${round + 1} files of ${fileBytes / 1024} KiB: ${rates.join(", ")}`);
    }
  }
  const of = (kind: Kind, fileBytes: number) =>
    samples.filter((sample) => sample.kind === kind && sample.fileBytes === fileBytes);
  const speeds = (kind: Kind, fileBytes: number) => of(kind, fileBytes).map(mibPerSecond);
  const peaks = (kind: Kind, fileBytes: number) =>
    of(kind, fileBytes).map((sample) => sample.peakRssBytes / MiB);
  const rows = fileSizes.map((fileBytes) => [
    `${fileBytes / 1024} KiB`,
    ...(["zip", "plain"] as const).map((kind) => formatValues(speeds(kind, fileBytes))),
    ...(["zip", "plain"] as const).map((kind) => formatValues(peaks(kind, fileBytes))),
  ]);
  const ratio = pairedRatio(speeds("zip", goalSize), speeds("plain", goalSize));
  const more = peaks("zip", goalSize).map((peak, i) => peak - (peaks("plain", goalSize)[i] ?? 0));
  const goals = [
    atLeast(`zip of files of ${goalSize / 1024} KiB ≥ 0.7 × plain`, { ratio, limit: 0.7 }),
    below("memory beyond a plain download's < 64 MiB", { values: more, limit: 64, unit: " MiB" }),
  ];
  return { title, columns, rows, goals, notes, samples };
}

export const archive: Workload = { name: "archive", what: "10,000 files as one ZIP", run };
