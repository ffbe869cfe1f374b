/** `kill -9` with 10,000 uploads open, and the time until the server is healthy again. */
import { field, progress, smallContents, type Bench, type Workload } from "../bench.ts";
import type { Content } from "../content.ts";
import { ask, expectStatus, parseObject } from "../http.ts";
import type { Send } from "../load.ts";
import { runLoad } from "../loader.ts";
import { expectReplies, type Server } from "../peers/contender.ts";
import { startSampan } from "../peers/sampan-server.ts";
import { sampanPut } from "../peers/sampan.ts";
import { stopProcess } from "../process.ts";
import { below, formatValues, type Outcome } from "../report.ts";
import { slice } from "../content.ts";
import { freshDir, removeDir } from "../workspace.ts";

const connections = 16;
const heldBytes = 1024;
/** One more than the default allows would be refused; the figure is not about that limit. */
const env = { SAMPAN_MAX_OPEN_UPLOADS: "20000" };

type Load = { server: Server; bench: Bench; contents: readonly Content[] };

/** Every upload holds some bytes: an empty one would be easier to find again. */
async function openUploads({ server, bench, contents }: Load): Promise<string[]> {
  const load = { pool: bench.pool, url: server.url, connections };
  const json = { ...server.headers, "Content-Type": "application/json" };
  const creates = contents.map(({ name, size }): Send => {
    const body = Buffer.from(JSON.stringify({ name, size }));
    const range = { offset: 0, length: 0 };
    return { method: "POST", path: "/api/v1/uploads", headers: json, body: { range, tail: body } };
  });
  const created = await runLoad({ ...load, sends: creates });
  expectReplies(created, 201);
  const ids = created.replies.map((reply) => String(parseObject(reply.body).id));
  const appends = contents.map((content, index): Send => {
    const headers = { ...server.headers, "Upload-Offset": "0" };
    const path = `/api/v1/uploads/${ids[index]}`;
    return { method: "PATCH", path, headers, body: slice(content, 0, heldBytes) };
  });
  expectReplies(await runLoad({ ...load, sends: appends }), 204);
  return ids;
}

/** Acknowledged bytes must be there again, or the restart was quick for the wrong reason. */
async function expectHeld(server: Server, ids: readonly string[]): Promise<void> {
  for (let index = 0; index < ids.length; index += Math.ceil(ids.length / 100)) {
    const path = `/api/v1/uploads/${ids[index]}`;
    const answer = await ask(server.url, { method: "GET", path, headers: server.headers });
    expectStatus(answer, 200);
    const { offset } = parseObject(answer.body);
    if (offset !== heldBytes) throw new Error(`after the restart an offset is ${String(offset)}`);
  }
}

type Restarts = { withUploads: number[]; empty: number[] };

async function timedStart(dir: string): Promise<[Server, number]> {
  const start = performance.now();
  const server = await startSampan(dir, env);
  return [server, (performance.now() - start) / 1000];
}

/** The same kill and start on a folder without uploads: what a start costs anyway. */
async function emptyRestart(): Promise<number> {
  const dir = freshDir("restart-empty");
  await stopProcess((await startSampan(dir, env)).process, "SIGKILL");
  const [server, seconds] = await timedStart(dir);
  await stopProcess(server.process);
  removeDir(dir);
  return seconds;
}

async function restarts(bench: Bench, open: number): Promise<Restarts> {
  const dir = freshDir("restart");
  const times: Restarts = { withUploads: [], empty: [] };
  let server = await startSampan(dir, env);
  const ids = await openUploads({ server, bench, contents: smallContents(bench, open) });
  for (let round = 0; round < bench.rounds; round++) {
    await stopProcess(server.process, "SIGKILL");
    times.empty.push(await emptyRestart());
    const [restarted, seconds] = await timedStart(dir);
    server = restarted;
    times.withUploads.push(seconds);
    await expectHeld(server, ids);
    progress(`  round ${round + 1}: ${seconds.toFixed(2)} s`);
  }
  await stopProcess(server.process);
  removeDir(dir);
  return times;
}

async function run(bench: Bench): Promise<Outcome> {
  const open = bench.quick ? 500 : 10_000;
  const { present, notes } = field([sampanPut]);
  const none: Restarts = { withUploads: [], empty: [] };
  const times = present.length > 0 ? await restarts(bench, open) : none;
  const uploads = `${open.toLocaleString("en")} open uploads`;
  return {
    title: `Restart after kill -9 with ${uploads}`,
    columns: ["data folder", "s to the first healthy answer"],
    rows: present.flatMap(() => [
      [uploads, formatValues(times.withUploads)],
      ["no uploads", formatValues(times.empty)],
    ]),
    goals: [
      below(`restart with ${uploads} < 5 s`, { values: times.withUploads, limit: 5, unit: " s" }),
    ],
    notes,
    samples: [times],
  };
}

export const restart: Workload = { name: "restart", what: "restart with 10,000 open uploads", run };
