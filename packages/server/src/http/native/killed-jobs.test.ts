/** A server that is killed (-9) while it works for somebody: the next start goes on, and nothing half-done is ever seen. */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFolder } from "../../core/testing/engine.ts";
import { serveFile, startOrigin, type Origin } from "../../workers/testing/origin.ts";

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
}

const program = fileURLToPath(new URL("../testing/serving-child.ts", import.meta.url));
let folder: Awaited<ReturnType<typeof openFolder>>;
let origin: Origin;
let running: Running;
beforeEach(async () => {
  folder = await openFolder();
  origin = await startOrigin();
  running = await start();
});
afterEach(async () => {
  await kill();
  await origin[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function start(): Promise<Running> {
  const child = spawn(process.execPath, [program, folder.path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (/^\d+$/.test(line)) return { child, port: Number(line) };
  }
  throw new Error("the server ended before it listened");
}

async function kill(): Promise<void> {
  const { child } = running;
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const token = (await readFile(join(folder.path, "owner.token"), "utf8")).trim();
  const headers = {
    authorization: `Bearer ${token}`,
    ...(init.headers as Record<string, string> | undefined),
  };
  return await fetch(`http://127.0.0.1:${running.port}/api/v1${path}`, { ...init, headers });
}
const get = async (path: string) => (await (await ask(path)).json()) as Record<string, unknown>;
const post = async (path: string, json: object) => {
  const headers = { "content-type": "application/json" };
  const answer = await ask(path, { method: "POST", headers, body: JSON.stringify(json) });
  return (await answer.json()) as Record<string, unknown>;
};
const list = async (path: string) => (await get(path))["items"] as Record<string, unknown>[];

/** How many jobs of this kind are being worked on, as the database has it. */
function atWork(kind: string): number {
  using database = new DatabaseSync(join(folder.path, "sampan.db"), { readOnly: true });
  const row = database
    .prepare("select count(*) as n from jobs where kind = ? and state = 'running'")
    .get(kind) as { n: number };
  return row.n;
}

/** The processes that a process has started. */
async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.trim().split(" ").filter(Boolean).map(Number);
}
/** One that nobody has buried yet is dead: of orphans, that is up to whatever has process id 1. */
function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(")") + 2));
  } catch {
    return false;
  }
}

describe("a server that is killed", () => {
  it("goes on with an offline download where it was, and shows nothing of it before its end", async () => {
    const content = randomBytes(24 * 1024 * 1024);
    const whole = serveFile(content);
    // A first answer that never ends: the server is killed in the middle of it.
    origin.answer = (request, response) => {
      if (request.headers.range !== undefined) return whole(request, response);
      response.writeHead(200, { "content-length": content.length, etag: '"v1"' });
      let sent = 16 * 1024 * 1024;
      response.write(content.subarray(0, sent));
      const drip = setInterval(() => {
        response.write(content.subarray(sent, (sent += 16_384)));
        if (sent > 23 * 1024 * 1024) clearInterval(drip);
      }, 50);
      response.on("close", () => clearInterval(drip));
    };
    const { id } = await post("/fetches", { url: origin.url("/a.bin") });
    const state = async () => await get(`/fetches/${String(id)}`);
    // So much that some of it was made durable on the way: every five seconds it is.
    await expect
      .poll(async () => (await state())["receivedBytes"], { timeout: 20_000, interval: 200 })
      .toBeGreaterThan(0);
    expect(atWork("fetch-url")).toBe(1);
    expect(await list("/files")).toEqual([]);
    await kill();
    running = await start();
    expect(await list("/files")).toEqual([]);
    await expect
      .poll(async () => (await state())["state"], { timeout: 20_000, interval: 100 })
      .toBe("complete");
    const ranges = origin.requests.map(({ headers }) => headers.range);
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9][0-9]*-$/)]);
    const files = await list("/files");
    expect(files).toMatchObject([{ name: "a.bin", size: content.length }]);
    const stored = await ask(`/files/${String(files[0]!["id"])}/content`);
    expect(Buffer.from(await stored.arrayBuffer()).equals(content)).toBe(true);
    expect((await get("/server"))["account"]).toMatchObject({
      usedBytes: content.length,
      reservedBytes: 0,
    });
  }, 120_000);

  it("leaves an offline download that was cancelled for dead, whenever it dies", async () => {
    origin.answer = (_request, response) => {
      response.writeHead(200, { "content-length": 1_000_000 });
      response.write(Buffer.alloc(1_000));
    };
    const { id } = await post("/fetches", { url: origin.url("/a.bin") });
    await expect.poll(() => atWork("fetch-url"), { timeout: 10_000 }).toBe(1);
    await ask(`/fetches/${String(id)}/cancel`, { method: "POST" });
    await kill();
    const { length } = origin.requests;
    running = await start();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(await get(`/fetches/${String(id)}`)).toMatchObject({ state: "cancelled" });
    expect([await list("/files"), origin.requests.length]).toEqual([[], length]);
    expect((await get("/server"))["account"]).toMatchObject({ usedBytes: 0, reservedBytes: 0 });
  }, 120_000);

  it("makes a thumbnail anew that it was at, and its worker does not outlive it", async (ctx) => {
    if (process.platform !== "linux") ctx.skip("needs /proc");
    // Large, and nothing that packs well: its decoding takes a while.
    const [width, height] = [5_000, 4_000];
    const noise = { type: "gaussian", mean: 128, sigma: 60 } as const;
    const create = { width, height, channels: 3, background: "black", noise } as const;
    const picture = await sharp({ create }).jpeg({ quality: 80 }).toBuffer();
    const headers = { "content-type": "image/jpeg" };
    const stored = await ask("/files/big.jpg", {
      method: "PUT",
      headers,
      body: new Blob([new Uint8Array(picture)]),
    });
    const { id } = (await stored.json()) as { id: string };
    await expect.poll(() => atWork("make-preview"), { timeout: 20_000, interval: 5 }).toBe(1);
    const workers = await childrenOf(running.child.pid!);
    await kill();
    expect(atWork("make-preview")).toBe(1);
    running = await start();
    const path = `/files/${id}/thumbnail`;
    let answer = await ask(path);
    for (let i = 0; answer.status === 202 && i < 40; i++) {
      await answer.arrayBuffer();
      answer = await ask(path);
    }
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "image/webp"]);
    const made = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
    expect(Math.max(made.width, made.height)).toBe(256);
    // It finds its server gone when it has decoded the picture, which a busy machine makes long.
    await expect.poll(() => workers.filter(isAlive), { timeout: 60_000 }).toEqual([]);
  }, 120_000);
});
