import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createHarness } from "../testing/harness.ts";

test("fetches by name to the given path", async () => {
  await using harness = await createHarness();
  const bytes = Buffer.from("hello");
  harness.server.files.put("a.txt", { bytes });
  const target = join(harness.folder, "b.txt");
  expect(await harness.sampan("get", "a.txt", "-o", target)).toEqual({
    exitCode: 0,
    out: "",
    err: "",
  });
  expect((await readFile(target)).equals(bytes)).toBe(true);
});

test("fetches by id into a folder under the file's own name", async () => {
  await using harness = await createHarness();
  const { id } = harness.server.files.put("a.txt", { bytes: Buffer.from("hello") });
  const ran = await harness.sampan("get", id, "-o", harness.folder, "--json");
  expect(JSON.parse(ran.out)).toMatchObject({ status: "fetched", isVerified: true, file: { id } });
  expect(await readdir(harness.folder)).toEqual(["a.txt"]);
});

test("a server's name never leads out of the folder", async () => {
  await using harness = await createHarness();
  harness.server.files.put("../../evil", { bytes: Buffer.from("x") });
  const ran = await harness.sampan("get", "../../evil", "-o", harness.folder);
  expect(ran.exitCode).toBe(0);
  expect(await readdir(harness.folder)).toEqual(["evil"]);
  harness.server.files.put("..", { bytes: Buffer.from("x") });
  expect((await harness.sampan("get", "..", "-o", harness.folder)).exitCode).toBe(2);
});

test("does not overwrite other bytes without --force", async () => {
  await using harness = await createHarness();
  harness.server.files.put("a.txt", { bytes: Buffer.from("hello") });
  const target = join(harness.folder, "a.txt");
  await writeFile(target, "precious");
  const refused = await harness.sampan("get", "a.txt", "-o", target);
  expect(refused.exitCode).toBe(1);
  expect(refused.err).toContain("--force");
  expect(await readFile(target, "utf8")).toBe("precious");
  expect((await harness.sampan("get", "a.txt", "-f", "-o", target)).exitCode).toBe(0);
  expect(await readFile(target, "utf8")).toBe("hello");
});

test("equal bytes are already there, and nothing is fetched", async () => {
  await using harness = await createHarness();
  harness.server.files.put("a.txt", { bytes: Buffer.from("hello") });
  const target = join(harness.folder, "a.txt");
  await writeFile(target, "hello");
  const ran = await harness.sampan("get", "a.txt", "-o", target, "--json");
  expect(JSON.parse(ran.out)).toMatchObject({ status: "already-there", receivedBytes: 0 });
  expect(harness.server.log.some((line) => line.includes("/content"))).toBe(false);
});

test("an unknown name is one line and exit 1", async () => {
  await using harness = await createHarness();
  expect(await harness.sampan("get", "nothing")).toEqual({
    exitCode: 1,
    out: "",
    err: 'sampan: No file is called "nothing"\n',
  });
});
