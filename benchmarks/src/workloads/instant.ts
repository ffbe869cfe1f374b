/** Instant upload of a content that the site has, by somebody else: from its SHA-256 to the finished file. */
import { createHmac } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { Agent } from "node:http";
import type { Socket } from "node:net";
import { bigSize, field, formatSize, progress, type Bench, type Workload } from "../bench.ts";
import { createContent, GiB, KiB, slice, type Content, type Pool } from "../content.ts";
import { ask, expectStatus, parseObject } from "../http.ts";
import { runLoad } from "../loader.ts";
import { openSignup, signUp } from "../people.ts";
import { expectReplies, type Server } from "../peers/contender.ts";
import { completeUpload, createUpload, putParts, sampanBase } from "../peers/sampan.ts";
import { startSampan } from "../peers/sampan-server.ts";
import { below, formatValues, type Outcome } from "../report.ts";
import { withServer } from "../sample.ts";

type Asked = { start: number; length: number };
type Sample = { round: number; ms: number; wireBytes: number };

/** Counts what crosses its connections, both ways, heads included. */
class CountingAgent extends Agent {
  readonly #sockets = new Set<Socket>();

  override createConnection(...args: Parameters<Agent["createConnection"]>) {
    const socket = super.createConnection(...args) as Socket;
    this.#sockets.add(socket);
    return socket;
  }

  get bytes(): number {
    return [...this.#sockets].reduce((sum, one) => sum + one.bytesRead + one.bytesWritten, 0);
  }
}

/** What is asked for may lie in two stretches of the pool. */
function read(pool: Pool, { content, asked }: { content: Content; asked: Asked }): Buffer {
  const pieces: Buffer[] = [];
  const fd = openSync(pool.file, "r");
  const end = asked.start + asked.length;
  for (let at = asked.start; at < end;) {
    const to = Math.min(end, (Math.floor(at / pool.size) + 1) * pool.size);
    const { range, tail } = slice(content, at, to - at);
    const bytes = Buffer.alloc(range.length);
    readSync(fd, bytes, 0, range.length, range.offset);
    pieces.push(bytes, tail);
    at = to;
  }
  closeSync(fd);
  return Buffer.concat(pieces);
}

async function store(server: Server, { bench, content }: { bench: Bench; content: Content }) {
  const partSize = bench.pool.size;
  const created = await createUpload(server, { content, partSize });
  const sends = putParts(server, content, created);
  const result = await runLoad({ url: server.url, pool: bench.pool, sends, connections: 4 });
  expectReplies(result, 200);
  const stored = await completeUpload(server, created.id);
  if (stored.sha256 !== content.sha256) throw new Error("stored otherwise");
}

async function prove(
  server: Server,
  { bench, content, headers }: { bench: Bench; content: Content; headers: Record<string, string> },
): Promise<Omit<Sample, "round">> {
  const agent = new CountingAgent({ keepAlive: true });
  const post = async (path: string, { body, status }: { body: unknown; status: number }) => {
    const answer = await ask(server.url, {
      method: "POST",
      path: `/api/v1/uploads${path}`,
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify(body),
      agent,
    });
    expectStatus(answer, status);
    return parseObject(answer.body);
  };
  const begin = performance.now();
  const { name, size, sha256 } = content;
  const created = await post("", { body: { name, size }, status: 201 });
  const id = String(created["id"]);
  const asked = await post(`/${id}/challenge`, { body: { sha256 }, status: 200 });
  const { nonce, ranges } = asked["challenge"] as { nonce: string; ranges: Asked[] };
  const hmac = createHmac("sha256", Buffer.from(nonce, "hex"));
  for (const range of ranges) hmac.update(read(bench.pool, { content, asked: range }));
  const proof = hmac.digest("hex");
  const proven = await post(`/${id}/proof`, { body: { nonce, proof }, status: 200 });
  const ms = performance.now() - begin;
  if (proven["state"] !== "complete") throw new Error(`not instant: ${JSON.stringify(proven)}`);
  const wireBytes = agent.bytes;
  agent.destroy();
  return { ms, wireBytes };
}

async function run(bench: Bench): Promise<Outcome> {
  const size = bench.quick ? bigSize(bench) : 10 * GiB;
  const { present, notes } = field([{ ...sampanBase, name: "Sampan", upload: never }]);
  const samples: Sample[] = [];
  if (present.length > 0) {
    const start = (dir: string) => startSampan(dir, openSignup);
    await withServer({ name: "instant", start }, async (server) => {
      const content = createContent(bench.pool, size, bench.pool.size);
      await store(server, { bench, content });
      for (let round = 0; round < bench.rounds; round++) {
        const headers = await signUp(server, `somebody-${round}`);
        const sample = await prove(server, { bench, content, headers });
        samples.push({ ...sample, round });
        progress(`  round ${round + 1}: ${sample.ms.toFixed(0)} ms, ${sample.wireBytes} bytes`);
      }
    });
  }
  const times = samples.map(({ ms }) => ms);
  const kib = samples.map(({ wireBytes }) => wireBytes / KiB);
  return {
    title: `Instant upload of ${formatSize(size)} that the site has`,
    columns: ["ms after hashing", "KiB on the wire"],
    rows: [[formatValues(times), formatValues(kib)]],
    goals: [
      below("instant upload < 1 s after hashing", { values: times, limit: 1000, unit: " ms" }),
      below("on the wire < 300 KiB", { values: kib, limit: 300, unit: " KiB" }),
    ],
    notes: [
      "create, challenge, 64 stretches read and proven; each round by somebody new",
      ...notes,
    ],
    samples,
  };
}

function never(): never {
  throw new Error("is not uploaded to this way");
}

export const instant: Workload = { name: "instant", what: "instant upload of 10 GiB", run };
