/**
 * Sends a list of requests over keep-alive connections and times them: through the native loader
 * where a C compiler is at hand, else through Node (see `loader-node.ts`). Times are taken inside
 * the loader, so starting a process is in no figure.
 */
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Load, LoadResult, Pace, Reply, Send } from "./load.ts";
import { findProgram } from "./find-program.ts";
import { runInNode } from "./loader-node.ts";
import { benchDir, trackChild } from "./workspace.ts";

let binary: string | undefined;
let compiled = false;
let plans = 0;

/** The native loader, built once a run; undefined where there is no C compiler. */
export function nativeLoader(): string | undefined {
  if (compiled) return binary;
  compiled = true;
  const folder = path.join(import.meta.dirname, "..", "loader");
  const sources = readdirSync(folder).filter((name) => name.endsWith(".c"));
  const output = path.join(benchDir(), "loader");
  const compiler = findProgram("cc");
  if (compiler !== undefined) {
    const arguments_ = ["-O2", "-o", output, ...sources];
    const { status } = spawnSync(compiler, arguments_, { cwd: folder, stdio: "ignore" });
    if (status === 0) binary = output;
  }
  return binary;
}

export async function runLoad(load: Load, pace?: Pace): Promise<LoadResult> {
  const native = nativeLoader();
  return native === undefined ? runInNode(load, pace) : runNative(native, { load, pace });
}

async function runNative(
  command: string,
  { load, pace }: { load: Load; pace: Pace | undefined },
): Promise<LoadResult> {
  const plan = path.join(benchDir(), `plan-${++plans}`);
  writeFileSync(plan, formatPlan(load));
  const pacing = pace === undefined ? [] : [pace.bytes, pace.everyMs, pace.rampMs];
  const { hostname, port } = load.url;
  const args = [hostname, port, load.connections, plan, ...pacing].map(String);
  const child = trackChild(
    spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], detached: true }),
  );
  const output: Buffer[] = [];
  const complaints: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  rmSync(plan);
  if (code !== 0) throw new Error(Buffer.concat(complaints).toString() || `loader exit ${code}`);
  return parseReport(Buffer.concat(output));
}

/** See `loader/plan.c` for the format. */
function formatPlan({ url, pool, sends }: Load): Buffer {
  const files = [...new Set(sends.map((send) => send.body?.file ?? pool.file))];
  const pieces: Buffer[] = [
    Buffer.from([`${files.length} ${sends.length}`, ...files, ""].join("\n")),
  ];
  for (const send of sends) {
    const { range, tail, file } = send.body ?? { range: { offset: 0, length: 0 }, tail: empty };
    const head = Buffer.from(formatHead(url, send));
    const index = range.length > 0 ? files.indexOf(file ?? pool.file) : -1;
    const numbers = [index, range.offset, range.length, head.length, tail.length];
    pieces.push(Buffer.from(`${numbers.join(" ")}\n`), head, tail);
  }
  return Buffer.concat(pieces);
}

const empty = Buffer.alloc(0);

function formatHead(url: URL, send: Send): string {
  const length = send.body && send.body.range.length + send.body.tail.length;
  const headers = Object.entries(send.headers).map(([name, value]) => `${name}: ${value}`);
  if (length !== undefined) headers.push(`Content-Length: ${length}`);
  return `${send.method} ${send.path} HTTP/1.1\r\nHost: ${url.host}\r\n${headers.join("\r\n")}\r\n\r\n`;
}

function parseReport(report: Buffer): LoadResult {
  let at = 0;
  const numbers = (): number[] => {
    const end = report.indexOf(10, at);
    const line = report.toString("latin1", at, end);
    at = end + 1;
    return line.split(" ").map(Number);
  };
  const [count = 0, elapsedUs = 0, cpuUs = 0] = numbers();
  const replies = Array.from({ length: count }, (): Reply => {
    const [status = 0, startUs = 0, endUs = 0, , kept = 0] = numbers();
    const raw = report.subarray(at, at + kept);
    at += kept;
    return { status, startMs: startUs / 1000, endMs: endUs / 1000, ...parseAnswer(raw) };
  });
  return { elapsedMs: elapsedUs / 1000, cpuSeconds: cpuUs / 1e6, replies };
}

function parseAnswer(raw: Buffer): Pick<Reply, "headers" | "body"> {
  const end = raw.indexOf("\r\n\r\n");
  const headers = new Map<string, string>();
  if (end < 0) return { headers, body: empty };
  for (const line of raw.toString("latin1", 0, end).split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const body = raw.subarray(end + 4);
  return { headers, body: headers.get("transfer-encoding") ? joinChunks(body) : body };
}

function joinChunks(body: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const end = body.indexOf("\r\n", at);
    const length = Number(`0x${body.toString("latin1", at, end)}`);
    if (end < 0 || !(length > 0)) break;
    chunks.push(body.subarray(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
  return Buffer.concat(chunks);
}
