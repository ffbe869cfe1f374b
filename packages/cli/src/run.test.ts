import { expect, test } from "vitest";
import { createHarness, runWith } from "./testing/harness.ts";

test("without a command prints the help and exits 2", async () => {
  const ran = await runWith({ argv: [] });
  expect(ran.exitCode).toBe(2);
  expect(ran.out).toContain("sampan COMMAND");
});

test.each(["put", "get", "ls", "rm", "uploads", "check", "serve", "config", "admin"])(
  "%s --help explains it and exits 0",
  async (name) => {
    const ran = await runWith({ argv: [name, "--help"] });
    expect(ran).toMatchObject({ exitCode: 0, err: "" });
    expect(ran.out).toContain(`sampan ${name}`);
    expect((await runWith({ argv: ["help", name] })).out).toBe(ran.out);
  },
);

test.each([
  [["frobnicate"], 'sampan: there is no command "frobnicate"; see sampan --help\n'],
  [["put"], "sampan: put needs at least one PATH\n"],
  [["put", "--bogus", "x"], "sampan: Unknown option '--bogus'\n"],
  [
    ["put", "--on-conflict", "maybe", "x"],
    'sampan: --on-conflict is fail, keep-both or replace, not "maybe"\n',
  ],
  [
    ["put", "--retry-for", "soon", "x"],
    'sampan: --retry-for is a time such as 90, 90s, 2m or 0, not "soon"\n',
  ],
  [["get"], "sampan: get needs one PATH, NAME or ID\n"],
  [["uploads", "eat"], 'sampan: uploads knows list, resume, pause, abort and clean, not "eat"\n'],
  [["uploads", "abort"], "sampan: uploads abort needs at least one ID or NAME\n"],
  [["ls", "--url", "ftp://x"], 'sampan: "ftp://x" is not an http:// or https:// address\n'],
])("wrong usage is one line and exit 2: %j", async (argv, err) => {
  expect(await runWith({ argv })).toEqual({ exitCode: 2, out: "", err });
});

test("a wrong token is one line and exit 2", async () => {
  await using harness = await createHarness();
  const ran = await harness.sampan("ls", "--token", "wrong");
  expect(ran.exitCode).toBe(2);
  expect(ran.err.trim().split("\n")).toHaveLength(1);
  expect(ran.err).toContain("does not accept this token");
});

test("an unreachable server is one line and exit 1", async () => {
  await using harness = await createHarness();
  await harness.server.stop();
  const ran = await harness.sampan("ls");
  expect(ran.exitCode).toBe(1);
  expect(ran.err.trim().split("\n")).toHaveLength(1);
});
