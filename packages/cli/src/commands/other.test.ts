import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createHarness, runWith, type Harness } from "../testing/harness.ts";

function store(harness: Harness, ...names: string[]): void {
  for (const name of names) harness.server.files.put(name, { bytes: Buffer.from(name) });
}

test("ls lists every page by name", async () => {
  await using harness = await createHarness();
  store(harness, "b.txt", "a.txt", ...Array.from({ length: 1_200 }, (_, index) => `n${index}`));
  const ran = await harness.sampan("ls");
  const lines = ran.out.trimEnd().split("\n");
  expect(lines).toHaveLength(1_202);
  expect(lines[0]).toMatch(/^ +5 B {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}a\.txt$/);
});

test("ls --prefix --json prints one object a line", async () => {
  await using harness = await createHarness();
  store(harness, "a1", "a2", "b1");
  const ran = await harness.sampan("ls", "--prefix", "a", "--json");
  const names = ran.out
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { name: string }).name);
  expect(names).toEqual(["a1", "a2"]);
});

test("ls prints no control characters of names", async () => {
  await using harness = await createHarness();
  store(harness, "a\u001b[2Jb\u202ec");
  expect((await harness.sampan("ls")).out).toContain("a\\u{1b}[2Jb\\u{202e}c");
});

test("rm deletes by exact name and reports the others", async () => {
  await using harness = await createHarness();
  store(harness, "a", "b");
  const ran = await harness.sampan("rm", "a", "nothing");
  expect(ran).toEqual({ exitCode: 1, out: "", err: "sampan: nothing: no such file or folder\n" });
  expect(harness.server.files.all.map((file) => file.name)).toEqual(["b"]);
});

test("uploads lists open ones, and pauses, resumes and aborts by name or id", async () => {
  await using harness = await createHarness();
  const { uploads } = harness.server;
  const { id } = uploads.create({ name: "big.bin", size: 1_000_000 }).upload;
  const listed = await harness.sampan("uploads");
  expect(listed.out).toContain(id);
  expect(listed.out).toMatch(/receiving +0% +977 KiB +native +big\.bin/);
  expect((await harness.sampan("uploads", "pause", "big.bin")).exitCode).toBe(0);
  expect(uploads.show(id).state).toBe("paused");
  expect((await harness.sampan("uploads", "resume", id)).exitCode).toBe(0);
  expect(uploads.show(id).state).toBe("receiving");
  const aborted = await harness.sampan("uploads", "abort", id, "--json");
  expect(JSON.parse(aborted.out)).toEqual({ id, status: "aborted" });
  expect((await harness.sampan("uploads", "abort", "nothing")).exitCode).toBe(1);
});

test("check exits 0 when everything is as it was stored", async () => {
  await using harness = await createHarness();
  store(harness, "a");
  expect(await harness.sampan("check")).toEqual({ exitCode: 0, out: "", err: "" });
});

test("check names each problem and exits 1", async () => {
  await using harness = await createHarness();
  harness.server.problems.push({ blob: "ab/cd", problem: "digest-mismatch" });
  const ran = await harness.sampan("check");
  expect(ran).toEqual({ exitCode: 1, out: "", err: "sampan: ab/cd: digest-mismatch\n" });
});

test("admin token prints the token of the data folder, and --rotate replaces it", async () => {
  await using harness = await createHarness();
  const folder = await mkdtemp(join(tmpdir(), "sampan-data-"));
  await writeFile(join(folder, "owner.token"), "fake-token\n");
  const env = { SAMPAN_URL: harness.server.url };
  const shown = await runWith({ argv: ["admin", "token", "--data-dir", folder], env });
  expect(shown).toEqual({ exitCode: 0, out: "fake-token\n", err: "" });
  const rotated = await runWith({
    argv: ["admin", "token", "--rotate", "--data-dir", folder],
    env,
  });
  expect(rotated).toEqual({ exitCode: 0, out: "fake-token-replaced\n", err: "" });
  expect((await harness.sampan("ls")).exitCode).toBe(2);
  await rm(folder, { recursive: true });
});
