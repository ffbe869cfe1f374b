import { expect, test } from "vitest";
import { createHarness } from "../testing/harness.ts";

const url = "https://example.org/a.iso";

test("offline has URLs fetched, under a name of one's own where there is one", async () => {
  await using harness = await createHarness();
  const { fetches } = harness.server;
  const ran = await harness.sampan("offline", url, "--name", "mine.iso");
  expect(ran).toMatchObject({ exitCode: 0, err: "" });
  expect(ran.out).toMatch(/queued +\? +0 B {2}mine\.iso\n$/);
  expect(fetches.all).toMatchObject([{ url, name: "mine.iso" }]);
  await harness.sampan("offline", url, `${url}2`);
  expect(fetches.all.map((fetch) => fetch.url)).toEqual([`${url}2`, url, url]);
});

test("offline lists them, with progress and with what went wrong", async () => {
  await using harness = await createHarness();
  const { fetches } = harness.server;
  const [one, two] = [fetches.create({ url }), fetches.create({ url: `${url}\u001b[2J` })];
  fetches.change(one.id, { state: "fetching", receivedBytes: 512, totalBytes: 2_048 });
  const failure = { code: "http-status", detail: "answered with status 404" };
  fetches.change(two.id, { state: "failed", failure });
  const lines = (await harness.sampan("offline")).out.trimEnd().split("\n");
  expect(lines[0]).toContain(two.id);
  expect(lines[0]).toMatch(/failed +\? .*a\.iso\\u\{1b\}\[2J {2}\(answered with status 404\)$/);
  expect(lines[1]).toMatch(/fetching +25% +2\.0 KiB/);
  const json = await harness.sampan("offline", "list", "--json");
  expect(
    json.out
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { id: string }).id),
  ).toEqual([two.id, one.id]);
});

test("offline cancels, retries and forgets by id", async () => {
  await using harness = await createHarness();
  const { fetches } = harness.server;
  const { id } = fetches.create({ url });
  expect((await harness.sampan("offline", "cancel", id)).out).toContain("cancelled");
  expect((await harness.sampan("offline", "retry", id)).out).toContain("queued");
  expect(fetches.show(id).state).toBe("queued");
  const forgotten = await harness.sampan("offline", "forget", id, "--json");
  expect(JSON.parse(forgotten.out)).toEqual({ id, status: "forgotten" });
  expect(fetches.all).toEqual([]);
  expect((await harness.sampan("offline", "cancel", id)).exitCode).toBe(1);
});

test("offline --wait stays until the end, and fails with it", async () => {
  await using harness = await createHarness();
  const { fetches } = harness.server;
  const endAs = async (state: "complete" | "failed") => {
    const ran = harness.sampan("offline", url, "--wait");
    await expect.poll(() => fetches.all.length).toBe(1);
    const { id } = fetches.all[0]!;
    fetches.change(id, { state });
    const { exitCode } = await ran;
    fetches.remove(id);
    return exitCode;
  };
  expect([await endAs("complete"), await endAs("failed")]).toEqual([0, 1]);
});

test("offline says what a URL was refused for, and goes on with the next", async () => {
  await using harness = await createHarness();
  const ran = await harness.sampan("offline", "file:///etc/passwd", url);
  expect(ran.exitCode).toBe(1);
  expect(ran.err).toContain("file:///etc/passwd: ");
  expect(harness.server.fetches.all).toHaveLength(1);
});

test("offline knows what belongs together", async () => {
  await using harness = await createHarness();
  expect((await harness.sampan("offline", "cancel")).exitCode).toBe(2);
  expect((await harness.sampan("offline", "list", "a")).exitCode).toBe(2);
  expect((await harness.sampan("offline", url, url, "--name", "a")).exitCode).toBe(2);
});
