/**
 * 1,000 clients send at 1 KiB/s for 20 s while a healthy one goes on with small files: what the
 * server's memory does, and what the healthy client feels.
 */
import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { field, progress, type Bench, type Workload } from "../bench.ts";
import { createContents, KiB, MiB, type Content } from "../content.ts";
import { ask, expectStatus, parseObject } from "../http.ts";
import { runLoad } from "../loader.ts";
import {
  expectReplies,
  verifyUpload,
  type Contender,
  type Server,
  type Stored,
} from "../peers/contender.ts";
import { sampanTus } from "../peers/sampan-lanes.ts";
import { findStored, parseStored } from "../peers/sampan.ts";
import { storedOnDisk, tusServer } from "../peers/tus-server.ts";
import { createTusUpload, tusHeaders, tusPatch } from "../peers/tus.ts";
import { below, formatValues, type Goal, type Outcome } from "../report.ts";
import { interleave, measure, settle, withServer, type Usage } from "../sample.ts";
import { median, percentile } from "../stats.ts";

const slowBytes = 20 * KiB;
const pace = { bytes: KiB, everyMs: 1000, rampMs: 2000 };
const healthyBytes = Buffer.alloc(4 * KiB, "healthy");

/** Puts a small file and gives the path to read it at. */
type PutSmall = (
  server: Server,
  call: { name: string; body: Buffer; agent: Agent },
) => Promise<string>;

type Side = {
  contender: Contender;
  putSmall: PutSmall;
  find: (server: Server, upload: { path: string; content: Content }) => Promise<Stored>;
};

const sides: readonly Side[] = [
  {
    contender: sampanTus,
    putSmall: async (server, { name, body, agent }) => {
      const path = `/api/v1/files/${name}`;
      const answer = await ask(server.url, {
        method: "PUT",
        path,
        headers: server.headers,
        body,
        agent,
      });
      expectStatus(answer, 201);
      return parseStored(parseObject(answer.body)).path ?? "";
    },
    find: (server, { content }) => findStored(server, content.name),
  },
  {
    contender: tusServer,
    putSmall: async (server, { body, agent }) => {
      const headers = {
        ...tusHeaders(server),
        "Content-Type": "application/offset+octet-stream",
        "Upload-Length": String(body.length),
      };
      const path = server.url.pathname;
      const answer = await ask(server.url, { method: "POST", path, headers, body, agent });
      expectStatus(answer, 201);
      return new URL(answer.headers.location ?? "", server.url).pathname;
    },
    find: (server, { path }) => storedOnDisk(server, path),
  },
];

let healthyFiles = 0;

/** Latencies of one PUT and GET after another, one kept-alive connection, until the time is up. */
async function healthyClient(
  server: Server,
  { side, forMs }: { side: Side; forMs: number },
): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  const deadline = performance.now() + forMs;
  while (performance.now() < deadline) {
    const number = ++healthyFiles;
    const body = Buffer.from(healthyBytes);
    body.writeUInt32BE(number, 0);
    const start = performance.now();
    const path = await side.putSmall(server, { name: `healthy-${number}`, body, agent });
    const got = await ask(server.url, { method: "GET", path, headers: server.headers, agent });
    times.push(performance.now() - start);
    if (!got.body.equals(body)) throw new Error("the healthy client got other bytes back");
    await sleep(10);
  }
  agent.destroy();
  return times;
}

type SlowSample = Usage & {
  contender: string;
  round: number;
  idleMs: number;
  loadedMs: number;
  idleP99Ms: number;
  loadedP99Ms: number;
};

type Turn = { side: Side; round: number; clients: number };

async function underLoad(bench: Bench, { side, round, clients }: Turn): Promise<SlowSample> {
  const contents = createContents(bench.pool, clients, slowBytes);
  return withServer(side.contender, async (server) => {
    const paths: string[] = [];
    for (const content of contents) paths.push(await createTusUpload(server, content));
    await healthyClient(server, { side, forMs: 2000 });
    settle(bench.pool);
    const idle = await healthyClient(server, { side, forMs: 5000 });
    const sends = contents.map((content, index) => tusPatch(server, paths[index] ?? "", content));
    const load = { pool: bench.pool, url: server.url, sends, connections: clients };
    const [loaded, usage] = await measure(server, async () => {
      const slow = runLoad(load, pace);
      slow.catch(() => {}); // reported where it is awaited, which may be after the healthy client
      await sleep(pace.rampMs + 1000);
      const times = await healthyClient(server, { side, forMs: 15_000 });
      expectReplies(await slow, 204);
      return times;
    });
    const stored = (index: number): Promise<Stored> => {
      const content = contents[index];
      if (!content) throw new Error("no such upload");
      return side.find(server, { path: paths[index] ?? "", content });
    };
    await verifyUpload({ ms: 0, clientCpuSeconds: 0, checkEvery: 10, stored }, contents);
    return {
      contender: side.contender.name,
      round,
      idleMs: median(idle),
      loadedMs: median(loaded),
      idleP99Ms: percentile(idle, 0.99),
      loadedP99Ms: percentile(loaded, 0.99),
      ...usage,
    };
  });
}

async function run(bench: Bench): Promise<Outcome> {
  const clients = bench.quick ? 100 : 1000;
  const { present, notes } = field(sides.map((side) => side.contender));
  const rounds = { contenders: present, rounds: Math.min(bench.rounds, 3), notes };
  const samples = await interleave(rounds, async (contender, round) => {
    const side = sides.find((candidate) => candidate.contender === contender);
    if (!side) throw new Error("no such side");
    const sample = await underLoad(bench, { side, round, clients });
    const rss = Math.round(sample.peakRssBytes / MiB);
    progress(
      `  round ${round + 1} ${contender.name}: ${rss} MiB, ${sample.loadedMs.toFixed(2)} ms`,
    );
    return sample;
  });
  const valuesOf = (name: string, value: (sample: SlowSample) => number): number[] => {
    return samples.filter((sample) => sample.contender === name).map(value);
  };
  const rows = present.map(({ name }) => [
    name,
    formatValues(valuesOf(name, (sample) => sample.peakRssBytes / MiB)),
    formatValues(valuesOf(name, (sample) => sample.idleMs)),
    formatValues(valuesOf(name, (sample) => sample.loadedMs)),
    formatValues(valuesOf(name, (sample) => sample.idleP99Ms)),
    formatValues(valuesOf(name, (sample) => sample.loadedP99Ms)),
  ]);
  return {
    title: `${clients.toLocaleString("en")} concurrent slow uploads (1 KiB/s each)`,
    columns: ["server", "peak RSS MiB", "idle ms", "loaded ms", "idle p99", "loaded p99"],
    rows,
    goals: slowGoals(valuesOf),
    notes: ["ms: one healthy client's PUT and GET of 4 KiB, together", ...notes],
    samples,
  };
}

function slowGoals(
  valuesOf: (name: string, value: (sample: SlowSample) => number) => number[],
): Goal[] {
  const ours = sampanTus.name;
  const rss = valuesOf(ours, (sample) => sample.peakRssBytes / 1e6);
  const ratios = valuesOf(ours, (sample) => sample.loadedMs / sample.idleMs);
  return [
    below("peak RSS < 256 MB", { values: rss, limit: 256, unit: " MB" }),
    below("healthy client's median < 2 × idle", { values: ratios, limit: 2, unit: "×" }),
  ];
}

export const slow: Workload = { name: "slow", what: "1,000 concurrent slow uploads", run };
