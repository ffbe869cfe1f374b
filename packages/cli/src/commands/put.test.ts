import { join } from "node:path";
import { expect, test } from "vitest";
import { createHarness, runWith, type Ran } from "../testing/harness.ts";

const PART = 64 * 1024;

function jsonLines(ran: Ran): unknown[] {
  return ran.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

test("stores several files, large and small, and says nothing without a terminal", async () => {
  await using harness = await createHarness();
  const big = await harness.makeFile("big.bin", 5 * PART);
  const small = await harness.makeFile("small.txt", 10);
  const ran = await harness.sampan("put", big.path, small.path);
  expect(ran).toEqual({ exitCode: 0, out: "", err: "" });
  expect(harness.server.files.find("big.bin")?.bytes.equals(big.bytes)).toBe(true);
  expect(harness.server.files.find("small.txt")?.bytes.equals(small.bytes)).toBe(true);
});

test("--json tells what became of each file", async () => {
  await using harness = await createHarness();
  const { path } = await harness.makeFile("big.bin", 2 * PART);
  const first = await harness.sampan("put", "--json", path);
  expect(jsonLines(first)).toMatchObject([
    { path, status: "stored", sentBytes: 2 * PART, isInstant: false, file: { name: "big.bin" } },
  ]);
  const again = await harness.sampan("put", "--json", path);
  expect(again.exitCode).toBe(0);
  expect(jsonLines(again)).toMatchObject([{ status: "already-there", sentBytes: 0 }]);
});

test("a folder is refused with one line, the files beside it are sent", async () => {
  await using harness = await createHarness();
  const { path } = await harness.makeFile("small.txt", 10);
  const ran = await harness.sampan("put", harness.folder, path);
  expect(ran.exitCode).toBe(1);
  expect(ran.err).toBe(
    `sampan: ${harness.folder}: a folder; folders come with the drive, put takes files\n`,
  );
  expect(harness.server.files.all.map((file) => file.name)).toEqual(["small.txt"]);
});

test("a missing file fails, alone", async () => {
  await using harness = await createHarness();
  const { path } = await harness.makeFile("small.txt", 10);
  const missing = join(harness.folder, "missing");
  const ran = await harness.sampan("put", "--json", missing, path);
  expect(ran.exitCode).toBe(1);
  expect(jsonLines(ran)).toMatchObject([
    { path: missing, status: "failed", error: { message: "no such file" } },
    { path, status: "stored" },
  ]);
});

test.each([
  ["fail", 1, ["big.bin"]],
  ["replace", 0, ["big.bin"]],
  ["keep-both", 0, ["big.bin", "big.bin (1)"]],
])("--on-conflict %s", async (onConflict, exitCode, names) => {
  await using harness = await createHarness();
  harness.server.files.put("big.bin", { bytes: Buffer.from("other") });
  const { path, bytes } = await harness.makeFile("big.bin", 2 * PART);
  const ran = await harness.sampan("put", "--on-conflict", onConflict, path);
  expect(ran.exitCode).toBe(exitCode);
  expect(harness.server.files.all.map((file) => file.name)).toEqual(names);
  const isStored = harness.server.files.all.some((file) => file.bytes.equals(bytes));
  expect(isStored).toBe(exitCode === 0);
});

test("a taken name says what would decide otherwise", async () => {
  await using harness = await createHarness();
  harness.server.files.put("small", { bytes: Buffer.from("other") });
  const { path } = await harness.makeFile("small", 10);
  const ran = await harness.sampan("put", path);
  expect(ran.err).toContain("--on-conflict keep-both or replace");
  expect(ran.err.trim().split("\n")).toHaveLength(1);
});

test("gives up after --retry-for and exits 1", async () => {
  await using harness = await createHarness();
  const { path } = await harness.makeFile("big.bin", 2 * PART);
  await harness.server.stop();
  const ran = await harness.sampan("put", "--retry-for", "10ms", path);
  expect(ran.exitCode).toBe(1);
  expect(ran.err).toContain("gave up");
});

test("waits for a server that comes back", async () => {
  await using harness = await createHarness();
  const { path } = await harness.makeFile("big.bin", 2 * PART);
  await harness.server.stop();
  const putting = harness.sampan("put", path);
  await harness.server.start();
  expect((await putting).exitCode).toBe(0);
  expect(harness.server.files.find("big.bin")?.size).toBe(2 * PART);
});

test("on a terminal says what became of each file, instant ones with a flash", async () => {
  await using harness = await createHarness();
  const big = await harness.makeFile("big.bin", 2 * PART);
  const evil = await harness.makeFile("evil\u001b[31m\u202e.bin", 10);
  const env = { SAMPAN_URL: harness.server.url, SAMPAN_TOKEN: "fake-token" };
  const line = { argv: ["put", big.path, evil.path], env, isTTY: true };
  const first = await runWith(line);
  expect(first.out).toBe("");
  expect(first.err).toContain(`✓ ${big.path}  128 KiB in 0:0`);
  expect(first.err).not.toContain("\u001b[31m");
  expect(first.err).not.toContain("\u202e");
  const again = await runWith(line);
  expect(again.err).toContain(`⚡ ${big.path}  instant, already there`);
});

test("sends nothing of what the server has under another name, and says so with a flash", async () => {
  await using harness = await createHarness({ instant: "site" });
  const { path, bytes } = await harness.makeFile("new.bin", 20 * PART);
  harness.server.files.put("known.bin", { bytes });
  const env = { SAMPAN_URL: harness.server.url, SAMPAN_TOKEN: "fake-token" };
  const ran = await runWith({ argv: ["put", "--instant", "first", path], env, isTTY: true });
  expect(ran.exitCode).toBe(0);
  expect(ran.err).toContain(`⚡ ${path}  instant`);
  expect(harness.server.log.filter((line) => line.startsWith("PUT"))).toEqual([]);
  expect(harness.server.files.find("new.bin")?.bytes.equals(bytes)).toBe(true);
});

test("--instant off sends all, and another word is a usage error", async () => {
  await using harness = await createHarness({ instant: "site" });
  const { path, bytes } = await harness.makeFile("new.bin", 20 * PART);
  harness.server.files.put("known.bin", { bytes });
  const ran = await harness.sampan("put", "--json", "--instant", "off", path);
  expect(jsonLines(ran)).toMatchObject([{ sentBytes: bytes.length, instantBytes: 0 }]);
  const wrong = await harness.sampan("put", "--instant", "maybe", path);
  expect([wrong.exitCode, wrong.err]).toEqual([2, expect.stringContaining("--instant is")]);
});
