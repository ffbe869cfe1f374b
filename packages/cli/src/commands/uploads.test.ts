import { expect, test } from "vitest";
import { createHarness } from "../testing/harness.ts";

test("uploads lists open ones, those of a state, and those of a name", async () => {
  await using harness = await createHarness();
  const { uploads } = harness.server;
  uploads.create({ name: "big.bin", size: 1_000_000 });
  const { id } = uploads.create({ name: "other.bin", size: 10 }).upload;
  uploads.setState(id, "paused");
  uploads.setState(uploads.create({ name: "gone.bin", size: 10 }).upload.id, "aborted");
  const names = async (...argv: string[]) => {
    const { out } = await harness.sampan("uploads", ...argv);
    return out.split("\n").flatMap((line) => line.match(/\S+\.bin$/) ?? []);
  };
  expect(await names()).toEqual(["big.bin", "other.bin"]);
  expect(await names("--state", "all")).toEqual(["big.bin", "other.bin", "gone.bin"]);
  expect(await names("list", "--state", "paused,aborted")).toEqual(["other.bin", "gone.bin"]);
  expect(await names("--name", "big")).toEqual(["big.bin"]);
});

test("uploads pauses several at once, and reports each that it could not", async () => {
  await using harness = await createHarness();
  const { uploads } = harness.server;
  const ids = ["a", "b"].map((name) => uploads.create({ name, size: 10 }).upload.id);
  uploads.create({ name: "twice", size: 1 });
  uploads.create({ name: "twice", size: 2 });
  const ran = await harness.sampan("uploads", "pause", "a", ids[1]!, "twice", "nothing", "--json");
  expect(ran.exitCode).toBe(1);
  const lines = ran.out.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
    { target: "twice", status: "failed", error: expect.objectContaining({ code: "ambiguous" }) },
    { id: ids[0], status: "paused" },
    { id: ids[1], status: "paused" },
    {
      target: "nothing",
      status: "failed",
      error: expect.objectContaining({ code: "upload-not-found" }),
    },
  ]);
  expect(ids.map((id) => uploads.show(id).state)).toEqual(["paused", "paused"]);
});

test("uploads clean says how many records are gone", async () => {
  await using harness = await createHarness();
  const { uploads } = harness.server;
  uploads.setState(uploads.create({ name: "a", size: 1 }).upload.id, "aborted");
  expect(await harness.sampan("uploads", "clean", "--older-than", "7d")).toMatchObject({
    exitCode: 0,
    out: "1 cleared away\n",
  });
  expect(uploads.all).toEqual([]);
});

test.each([
  [["--state", "x"], "--state is of"],
  [["clean", "--state", "receiving"], "--state is of complete, aborted, expired, failed here"],
  [["clean", "--name", "x"], "--name does not go with uploads clean"],
  [["--older-than", "7d"], "--older-than does not go with uploads list"],
  [["--since", "soon"], '--since is a time such as 2026-11-20, 2h or 7d, not "soon"'],
  [["--all", "--owner", "x"], "--all or --owner, not both"],
  [["abort", "x", "--state", "paused"], "--state does not go with uploads abort"],
  [["list", "x"], "takes no names"],
])("uploads %j is refused", async (argv, message) => {
  await using harness = await createHarness();
  const ran = await harness.sampan("uploads", ...argv);
  expect(ran.exitCode).toBe(2);
  expect(ran.err).toContain(message);
});
