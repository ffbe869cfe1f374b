/**
 * A client sends half of a PATCH and stalls; another asks for the offset and sends the rest. Timed
 * from the second client's first request to its 204; the whole file's digest is checked.
 */
import { readSync, openSync, closeSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { field, progress, type Bench, type Workload } from "../bench.ts";
import { createContent, KiB, type Content, type Pool } from "../content.ts";
import { ask, expectStatus } from "../http.ts";
import { verifyUpload, type Contender, type Server, type Stored } from "../peers/contender.ts";
import { sampanTus } from "../peers/sampan-lanes.ts";
import { findStored } from "../peers/sampan.ts";
import { storedOnDisk, tusServer } from "../peers/tus-server.ts";
import { createTusUpload, tusHeaders } from "../peers/tus.ts";
import { formatNumber, type Goal, type Outcome } from "../report.ts";
import { interleave, withServer } from "../sample.ts";
import { percentile } from "../stats.ts";

const bodyBytes = 64 * KiB;
const heldBytes = 32 * KiB;
const trialsPerTurn = 10;
const warmUps = 3;
const patchType = { "Content-Type": "application/offset+octet-stream" };

type Side = {
  contender: Contender;
  find: (server: Server, upload: { path: string; content: Content }) => Promise<Stored>;
};

const sides: readonly Side[] = [
  { contender: sampanTus, find: (server, { content }) => findStored(server, content.name) },
  { contender: tusServer, find: (server, { path }) => storedOnDisk(server, path) },
];

type Turn = { side: Side; trials: number };

type Takeover = { contender: string; ms: number; patchMs: number; refusals: number };

function bytesOf(pool: Pool, { ranges, tail }: Content): Buffer {
  const fd = openSync(pool.file, "r");
  const pieces = ranges.map(({ offset, length }) => {
    const piece = Buffer.alloc(length);
    readSync(fd, piece, 0, length, offset);
    return piece;
  });
  closeSync(fd);
  return Buffer.concat([...pieces, tail]);
}

/** Half a PATCH on a connection that then says nothing more. */
async function stall(
  server: Server,
  { path, bytes }: { path: string; bytes: Buffer },
): Promise<Socket> {
  const socket = connect(Number(server.url.port), server.url.hostname);
  socket.on("error", () => {}); // being cut off is its fate
  socket.resume();
  const headers = {
    Host: server.url.host,
    ...tusHeaders(server),
    ...patchType,
    "Upload-Offset": "0",
    "Content-Length": String(bytes.length),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`PATCH ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  socket.write(bytes.subarray(0, heldBytes));
  await sleep(30); // the server has it in hands and waits for more
  return socket;
}

type Resumed = Omit<Takeover, "contender">;

/** What a client does: ask, send the rest, and ask again when the offset has moved meanwhile. */
async function takeOver(
  server: Server,
  { path, bytes }: { path: string; bytes: Buffer },
): Promise<Resumed> {
  const begin = performance.now();
  for (let refusals = 0; refusals < 100; refusals++) {
    const head = await ask(server.url, { method: "HEAD", path, headers: tusHeaders(server) });
    expectStatus(head, 200);
    const offset = Number(head.headers["upload-offset"]);
    const headers = { ...tusHeaders(server), ...patchType, "Upload-Offset": String(offset) };
    const patching = performance.now();
    const body = bytes.subarray(offset);
    const answer = await ask(server.url, { method: "PATCH", path, headers, body });
    const end = performance.now();
    if (answer.status === 204) return { ms: end - begin, patchMs: end - patching, refusals };
    if (answer.status !== 409) expectStatus(answer, 204);
  }
  throw new Error("100 refusals: the stalled writer was not taken over");
}

async function tryOnce(
  bench: Bench,
  { side, server }: { side: Side; server: Server },
): Promise<Takeover> {
  const content = createContent(bench.pool, bodyBytes);
  const bytes = bytesOf(bench.pool, content);
  const path = await createTusUpload(server, content);
  const stalled = await stall(server, { path, bytes });
  const resumed = await takeOver(server, { path, bytes });
  stalled.destroy();
  const stored = async (): Promise<Stored> => side.find(server, { path, content });
  await verifyUpload({ ms: 0, clientCpuSeconds: 0, checkEvery: 1, stored }, [content]);
  return { contender: side.contender.name, ...resumed };
}

/** A turn of trials against one server; the first few are its warm-up. */
async function takeTurn(bench: Bench, { side, trials }: Turn): Promise<Takeover[]> {
  return withServer(side.contender, async (server) => {
    for (let trial = 0; trial < warmUps; trial++) await tryOnce(bench, { side, server });
    const samples: Takeover[] = [];
    while (samples.length < trials) samples.push(await tryOnce(bench, { side, server }));
    return samples;
  });
}

async function run(bench: Bench): Promise<Outcome> {
  const turns = bench.quick ? 1 : 10;
  const { present, notes } = field(sides.map((side) => side.contender));
  const rounds = { contenders: present, rounds: turns, notes };
  const samples = await interleave(rounds, async (contender, round) => {
    const side = sides.find((candidate) => candidate.contender === contender);
    if (!side) throw new Error("no such side");
    const taken = await takeTurn(bench, { side, trials: trialsPerTurn });
    const slowest = Math.max(...taken.map((sample) => sample.ms));
    progress(`  round ${round + 1} ${contender.name}: slowest ${slowest.toFixed(1)} ms`);
    return taken;
  });
  return { ...summarize(present, samples.flat()), notes, samples: samples.flat() };
}

function summarize(
  present: readonly Contender[],
  samples: readonly Takeover[],
): Pick<Outcome, "title" | "columns" | "rows" | "goals"> {
  const timesOf = (name: string, part: "ms" | "patchMs"): number[] => {
    return samples.filter((sample) => sample.contender === name).map((sample) => sample[part]);
  };
  const rows = present.map(({ name }) => {
    const all = timesOf(name, "ms");
    const numbers = [percentile(all, 0.5), percentile(all, 0.99), Math.max(...all)];
    const patch = percentile(timesOf(name, "patchMs"), 0.99);
    return [name, String(all.length), ...[...numbers, patch].map(formatNumber)];
  });
  const ours = timesOf(sampanTus.name, "ms");
  const p99 = percentile(ours, 0.99);
  const goal: Goal = {
    goal: "p99 of a takeover < 100 ms",
    measured: ours.length > 0 ? `${formatNumber(p99)} ms` : "not measured",
    pass: ours.length > 0 ? p99 < 100 : undefined,
  };
  return {
    title: "Takeover of a stalled writer (tus HEAD and PATCH)",
    columns: ["server", "trials", "p50 ms", "p99 ms", "max ms", "PATCH alone p99 ms"],
    rows,
    goals: [goal],
  };
}

export const takeover: Workload = { name: "takeover", what: "takeover of a stalled writer", run };
