import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createHarness, ended, type Harness } from "./testing/harness.ts";

const PART = 64 * 1024;

/** Resolves at the n-th request that begins so; every later one waits for nothing. */
function reached(harness: Harness, on: string, after: number): Promise<void> {
  return new Promise((resolve) => {
    harness.server.faults.add({ on, after, fault: { kind: "before", act: resolve } });
  });
}

test("a put that was killed is continued by the same put", async () => {
  await using harness = await createHarness();
  const { path, bytes } = await harness.makeFile("big.bin", 400 * PART);
  const sending = reached(harness, "PUT /uploads", 4);
  const killed = harness.spawnSampan("put", path);
  await sending;
  killed.kill("SIGKILL");
  expect(await ended(killed)).toBe("SIGKILL");
  const [upload] = harness.server.uploads.all;
  expect(upload?.receivedBytes).toBeGreaterThan(0);
  expect(upload?.state).toBe("receiving");

  const again = await harness.sampan("put", "--json", path);
  expect(JSON.parse(again.out)).toMatchObject({ status: "stored" });
  const { resumedBytes, sentBytes } = JSON.parse(again.out) as Record<string, number>;
  expect(resumedBytes).toBeGreaterThan(0);
  expect((resumedBytes ?? 0) + (sentBytes ?? 0)).toBe(bytes.length);
  expect(harness.server.uploads.all).toHaveLength(1);
  expect(harness.server.files.find("big.bin")?.bytes.equals(bytes)).toBe(true);
}, 30_000);

test("Ctrl-C keeps what was sent, says so, and exits 130", async () => {
  await using harness = await createHarness();
  const { path } = await harness.makeFile("big.bin", 400 * PART);
  const sending = reached(harness, "PUT /uploads", 4);
  const stopped = harness.spawnSampan("put", path);
  let err = "";
  stopped.stderr?.on("data", (chunk: Buffer) => (err += chunk.toString()));
  await sending;
  stopped.kill("SIGINT");
  expect(await ended(stopped)).toBe(130);
  expect(err).toBe("sampan: stopped; the same put continues from here\n");
  expect(harness.server.uploads.all[0]?.state).toBe("receiving");
}, 30_000);

test("a get that was killed leaves no target, and the same get completes it", async () => {
  await using harness = await createHarness();
  const { bytes } = await harness.makeFile("source.bin", 64 * 1024 * 1024);
  harness.server.files.put("big.bin", { bytes });
  const receiving = reached(harness, "GET /files", 6);
  const killed = harness.spawnSampan("get", "big.bin", "-o", "out.bin");
  await receiving;
  killed.kill("SIGKILL");
  expect(await ended(killed)).toBe("SIGKILL");
  const target = join(harness.folder, "out.bin");
  await expect(readFile(target)).rejects.toThrow("ENOENT");
  expect((await harness.sampan("get", "big.bin", "-o", target)).exitCode).toBe(0);
  expect((await readFile(target)).equals(bytes)).toBe(true);
}, 30_000);

test("the process ends by itself once the work is done", async () => {
  await using harness = await createHarness();
  const { path } = await harness.makeFile("big.bin", 3 * PART);
  expect(await ended(harness.spawnSampan("put", path))).toBe(0);
  expect(await ended(harness.spawnSampan("ls"))).toBe(0);
  expect(await ended(harness.spawnSampan("put", "nothing"))).toBe(1);
}, 30_000);
