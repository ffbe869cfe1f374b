/** A folder of 100,000 entries and a drive of 1,000,000 nodes: the first page of a list, and search by a part of a name. */
import { setTimeout as sleep } from "node:timers/promises";
import { progress, type Bench, type Workload } from "../bench.ts";
import { ask, expectStatus, parseObject } from "../http.ts";
import type { Server } from "../peers/contender.ts";
import { sampanAbsent, startSampan } from "../peers/sampan-server.ts";
import { cpuSeconds } from "../process.ts";
import { below, formatValues, type Outcome } from "../report.ts";
import { percentile } from "../stats.ts";
import { withServer } from "../sample.ts";

const batchFiles = 1_000;
const asks = 50;
const words = ["report", "invoice", "photo", "IMG_", "年度报告", "合同", "照片", "三板", "draft"];
/** Common and rare, long and short, in both scripts, and one that nothing has. */
const searches = ["report", "-1234", "合同", "照", "dr", "draft-年度", "e", "zzzz"];

type Answered = Record<string, unknown>;

async function call(
  server: Server,
  { method = "GET", path, json }: { method?: string; path: string; json?: object },
): Promise<Answered> {
  const type = { "Content-Type": "application/json" };
  const answer = await ask(server.url, {
    method,
    path: `/api/v1${path}`,
    headers: { ...server.headers, ...(json ? type : {}) },
    ...(json ? { body: JSON.stringify(json) } : {}),
  });
  if (answer.status >= 300) expectStatus(answer, 200);
  return answer.body.length === 0 ? {} : parseObject(answer.body);
}

function nameOf(index: number): string {
  const word = (at: number) => words[at % words.length] ?? "";
  return `${word(index * 7)}-${word(index * 31 + 3)}-${index}.dat`;
}

async function fillFolder(server: Server, entries: number): Promise<string> {
  const folder = await call(server, { method: "POST", path: "/folders", json: { path: "big" } });
  const id = String(folder["id"]);
  for (let start = 0; start < entries; start += batchFiles) {
    const frames = Array.from({ length: batchFiles }, (_, i) => {
      return `${JSON.stringify({ name: nameOf(start + i), size: 1 })}\nx`;
    });
    const answer = await ask(server.url, {
      method: "POST",
      path: `/api/v1/files/batch?parentId=${id}`,
      headers: { ...server.headers, "Content-Type": "application/vnd.sampan.batch" },
      body: frames.join(""),
    });
    expectStatus(answer, 200);
  }
  return id;
}

/** By jobs, which is how a user would: returns how long each took. */
async function copyFolder(server: Server, { id, copies }: { id: string; copies: number }) {
  const seconds: number[] = [];
  for (let copy = 1; copy <= copies; copy++) {
    const start = performance.now();
    const json = { parentId: "root", name: `copy ${copy}` };
    const begun = await call(server, { method: "POST", path: `/nodes/${id}/copy`, json });
    let job = begun["job"] as Answered | undefined;
    while (job !== undefined && job["state"] !== "done") {
      if (job["state"] === "failed") throw new Error(`copy failed: ${String(job["failure"])}`);
      await sleep(100);
      job = await call(server, { path: `/jobs/${String(job["id"])}` });
    }
    seconds.push((performance.now() - start) / 1000);
    progress(`  copy ${copy} of ${copies}: ${seconds.at(-1)?.toFixed(1)} s`);
  }
  return seconds;
}

/** The index of names follows in the background: measured is what users find once it has. */
async function waitUntilIdle({ process: { pid } }: Server): Promise<void> {
  for (;;) {
    const before = cpuSeconds(pid);
    await sleep(3_000);
    if (cpuSeconds(pid) - before < 0.3) return;
  }
}

async function time(server: Server, path: string): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < asks; i++) {
    const start = performance.now();
    await call(server, { path });
    times.push(performance.now() - start);
  }
  return times;
}

interface Figures {
  readonly what: string;
  readonly times: number[];
}

async function measureDrive(bench: Bench, server: Server) {
  const entries = bench.quick ? 5_000 : 100_000;
  const id = await fillFolder(server, entries);
  const copies = await copyFolder(server, { id, copies: bench.quick ? 1 : 9 });
  await waitUntilIdle(server);
  const lists: Figures[] = [];
  for (const sort of ["name", "modified", "size"])
    for (const order of ["asc", "desc"]) {
      const path = `/nodes/${id}/children?sort=${sort}&order=${order}&limit=100`;
      lists.push({ what: `first page by ${sort}, ${order}`, times: await time(server, path) });
    }
  const found: Figures[] = [];
  for (const text of searches) {
    const path = `/search?limit=50&q=${encodeURIComponent(text)}`;
    found.push({ what: `search for ${text}`, times: await time(server, path) });
  }
  return { copies, lists, found };
}

async function run(bench: Bench): Promise<Outcome> {
  const title = bench.quick
    ? "A folder of 5,000 entries among 10,000 nodes"
    : "A folder of 100,000 entries among 1,000,000 nodes";
  const reason = sampanAbsent();
  if (reason !== undefined) {
    const notes = [`Sampan skipped: ${reason}`];
    return { title, columns: [], rows: [], goals: [], notes, samples: [] };
  }
  const contender = { name: "Sampan drive", start: (dir: string) => startSampan(dir) };
  const measured = await withServer(contender, (server) => measureDrive(bench, server));
  const { copies, lists, found } = measured;
  const p95 = (figures: readonly Figures[]) => figures.map(({ times }) => percentile(times, 0.95));
  return {
    title,
    columns: ["request", "ms", "p95 ms"],
    rows: [
      ...[...lists, ...found].map(({ what, times }) => [
        what,
        formatValues(times),
        formatValues([percentile(times, 0.95)]),
      ]),
      ["copy of the folder (s)", formatValues(copies), ""],
    ],
    goals: [
      below("the first page < 50 ms (worst p95)", {
        values: [Math.max(...p95(lists))],
        limit: 50,
        unit: " ms",
      }),
      below("search < 100 ms (worst p95)", {
        values: [Math.max(...p95(found))],
        limit: 100,
        unit: " ms",
      }),
    ],
    notes: [],
    samples: [measured],
  };
}

export const drive: Workload = {
  name: "drive",
  what: "lists and search in a drive of 1,000,000 nodes",
  run,
};
