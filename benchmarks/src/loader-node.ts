/** The loader where no C compiler is at hand. Dearer for the machine: the record says which ran. */
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { Agent, request, type ClientRequest, type IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Load, LoadResult, Pace, Reply, Send } from "./load.ts";

export async function runInNode(load: Load, pace?: Pace): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
  const usedBefore = process.cpuUsage();
  const origin = performance.now();
  const replies: Reply[] = [];
  let next = 0;
  const lanes = Array.from({ length: load.connections }, async (_, lane) => {
    if (pace) await sleep((lane * pace.rampMs) / load.connections);
    while (next < load.sends.length) {
      const index = next++;
      const send = load.sends[index];
      if (send) replies[index] = await runOne({ load, send, agent, pace, origin });
    }
  });
  await Promise.all(lanes);
  const elapsedMs = performance.now() - origin;
  agent.destroy();
  const used = process.cpuUsage(usedBefore);
  return { elapsedMs, cpuSeconds: (used.user + used.system) / 1e6, replies };
}

type One = { load: Load; send: Send; agent: Agent; pace: Pace | undefined; origin: number };

async function runOne({ load, send, agent, pace, origin }: One): Promise<Reply> {
  const startMs = performance.now() - origin;
  const { body } = send;
  const length = body && body.range.length + body.tail.length;
  const call = request(new URL(send.path, load.url), {
    method: send.method,
    agent,
    headers: { ...send.headers, ...(length === undefined ? {} : { "Content-Length": length }) },
  });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    call.once("response", resolve);
    call.once("error", reject);
  });
  try {
    const [response] = await Promise.all([answer, writeBody(call, { load, send, pace })]);
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    const headers = new Map(
      Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
    );
    const endMs = performance.now() - origin;
    const status = response.statusCode ?? 0;
    return { status, startMs, endMs, headers, body: Buffer.concat(chunks) };
  } catch {
    const endMs = performance.now() - origin;
    return { status: 0, startMs, endMs, headers: new Map(), body: Buffer.alloc(0) };
  }
}

/** An early answer or a reset ends the writing: the answer, if any, says how it went. */
async function writeBody(
  call: ClientRequest,
  { load, send, pace }: Pick<One, "load" | "send" | "pace">,
): Promise<void> {
  const closed = new AbortController();
  call.on("error", () => closed.abort());
  call.once("close", () => closed.abort());
  try {
    for await (const chunk of bodyChunks(load, send)) {
      const step = pace?.bytes ?? chunk.length;
      for (let at = 0; at < chunk.length; at += step) {
        const flowing = call.write(chunk.subarray(at, at + step));
        if (pace) await sleep(pace.everyMs, undefined, { signal: closed.signal });
        else if (!flowing) await once(call, "drain", { signal: closed.signal });
      }
    }
    call.end();
  } catch (error) {
    if (!closed.signal.aborted) throw error;
  }
}

async function* bodyChunks(load: Load, { body }: Send): AsyncGenerator<Buffer> {
  if (!body) return;
  const { offset, length } = body.range;
  if (length > 0) {
    const options = { start: offset, end: offset + length - 1, highWaterMark: 1024 * 1024 };
    yield* createReadStream(body.file ?? load.pool.file, options) as AsyncIterable<Buffer>;
  }
  if (body.tail.length > 0) yield body.tail;
}
