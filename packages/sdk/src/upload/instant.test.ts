import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { hasCode } from "../errors.ts";
import { createNodeUploader, fileSource } from "../node/index.ts";
import { sha256 } from "../testing/fake-files.ts";
import { createHarness, FAST_RETRY, makeBytes, type Harness } from "../testing/harness.ts";
import type { UploadSource } from "../source.ts";
import type { InstantMode } from "./instant.ts";
import type { UploadProgress } from "./tally.ts";

const PART = 64 * 1024;
const SIZE = 40 * PART + 5;

function requests(harness: Harness, beginning: string): string[] {
  return harness.server.log.filter((line) => line.startsWith(beginning));
}

/** The server has the bytes, under another name than the file that is about to be sent. */
async function prepare() {
  const harness = await createHarness({ instant: "site" });
  const path = await harness.makeFile("new.bin", SIZE);
  harness.server.files.put("known.bin", { bytes: await readFile(path) });
  const upload = async (
    source: Partial<UploadSource> = {},
    {
      instant,
      onProgress,
    }: { instant?: InstantMode; onProgress?: (p: UploadProgress) => void } = {},
  ) => {
    // One request at a time, of one part: the rest has to wait, as on a slow link.
    const link = { initialConcurrency: 1, maxConcurrency: 1, maxRequestBytes: PART };
    const { client } = harness;
    const uploader = createNodeUploader({ client, retry: FAST_RETRY, link, instant });
    return uploader.upload({ ...(await fileSource(path)), ...source }, { onProgress });
  };
  return { harness, path, upload };
}

test("sends no byte of what the server has, when it asks first", async () => {
  const { harness, path, upload } = await prepare();
  await using _harness = harness;
  const seen: UploadProgress[] = [];
  const result = await upload({}, { instant: "first", onProgress: (p) => seen.push(p) });
  expect(result).toMatchObject({ status: "stored", sentBytes: 0, instantBytes: SIZE });
  expect(result.isInstant).toBe(true);
  expect(seen.at(-1)).toMatchObject({ phase: "done", movedBytes: SIZE, instantBytes: SIZE });
  expect(requests(harness, "PUT")).toEqual([]);
  expect(harness.server.files.find("new.bin")?.bytes.equals(await readFile(path))).toBe(true);
  const wireBytes = harness.server.log.reduce((sum, line) => sum + Number(line.split(" ")[2]), 0);
  expect(wireBytes).toBeLessThan(2_000);
});

test("sends while the file is hashed, and cancels the rest when the server has it", async () => {
  const { harness, upload } = await prepare();
  await using _harness = harness;
  const { promise: someSent, resolve } = Promise.withResolvers<void>();
  harness.server.faults.add({ on: "PUT", fault: { kind: "before", act: resolve } });
  const whole = await fileSource(`${harness.folder}/new.bin`);
  const result = await upload({
    async sha256(options) {
      await someSent;
      return whole.sha256!(options);
    },
  });
  expect(result.isInstant).toBe(true);
  expect(result.sentBytes).toBeGreaterThan(0);
  expect(result.sentBytes + result.instantBytes).toBe(SIZE);
  expect(requests(harness, "PUT").length).toBeLessThan(41);
  expect(requests(harness, "POST /uploads/").some((line) => line.includes("complete"))).toBe(false);
});

test("sends everything the server has not", async () => {
  const { harness, upload } = await prepare();
  await using _harness = harness;
  for (const [seed, mode] of (["first", "overlap"] as const).entries()) {
    const other = makeBytes(SIZE, 90 + seed);
    const name = `${mode}.bin`;
    const source = {
      name,
      resumeKey: name,
      open: ({ start, end }: { start: number; end: number }) =>
        new Blob([new Uint8Array(other.subarray(start, end))]),
      checkUnchanged: () => Promise.resolve(),
    };
    const result = await upload(
      { ...source, sha256: () => Promise.resolve(sha256(other)) },
      { instant: mode },
    );
    expect(result).toMatchObject({ isInstant: false, instantBytes: 0, sentBytes: SIZE });
    expect(harness.server.files.find(name)?.bytes.equals(other)).toBe(true);
  }
});

test("asks nothing when it is switched off, when all is sent, and of a server without it", async () => {
  const { harness, path, upload } = await prepare();
  await using _harness = harness;
  expect((await upload({}, { instant: "off" })).isInstant).toBe(false);
  const late = await fileSource(`${harness.folder}/new.bin`);
  await upload({
    name: "late.bin",
    resumeKey: "late",
    async sha256(options) {
      await expect.poll(() => harness.server.uploads.all[1]?.receivedBytes).toBe(SIZE);
      return late.sha256!(options);
    },
  });
  expect(requests(harness, "POST").filter((line) => line.includes("challenge"))).toEqual([]);

  await using older = await createHarness();
  older.server.files.put("known.bin", { bytes: await readFile(path) });
  const uploader = createNodeUploader({ client: older.client, instant: "first" });
  expect((await uploader.upload(await fileSource(path))).instantBytes).toBe(0);
});

test.each([
  ["challenge", 0],
  ["proof", 1],
])("stores the file all the same when the %s is refused, lost, or fails", async (_step, after) => {
  for (const fault of [
    { kind: "refuse", status: 403, code: "instant-off" },
    { kind: "refuse", status: 500, code: "internal" },
    { kind: "lose-answer" },
  ] as const) {
    const { harness, path, upload } = await prepare();
    await using _harness = harness;
    harness.server.faults.add({ on: "POST /uploads/", fault, after });
    expect((await upload()).status).toBe("stored");
    expect(harness.server.files.find("new.bin")?.bytes.equals(await readFile(path))).toBe(true);
  }
});

test("fails with name-taken at once when the content is granted and the name is not", async () => {
  const { harness, upload } = await prepare();
  await using _harness = harness;
  const take = (): void => void harness.server.files.put("new.bin", { bytes: makeBytes(10, 3) });
  harness.server.faults.add({ on: "POST /uploads/", fault: { kind: "before", act: take } });
  const failure: unknown = await upload({}, { instant: "first" }).catch((error: unknown) => error);
  expect(hasCode(failure, "name-taken")).toBe(true);
  expect(requests(harness, "PUT")).toEqual([]);
});

test("stops with the caller's reason while it asks, and while it reads for the proof", async () => {
  for (const at of ["POST /uploads/", "open"]) {
    const { harness, path } = await prepare();
    await using _harness = harness;
    const controller = new AbortController();
    const stop = (): void => controller.abort(new Error("enough"));
    if (at !== "open") harness.server.faults.add({ on: at, fault: { kind: "before", act: stop } });
    const source = await fileSource(path);
    const { client } = harness;
    const uploader = createNodeUploader({ client, retry: FAST_RETRY, instant: "first" });
    const sending = uploader.upload(
      {
        ...source,
        open(range, signal) {
          if (at === "open") stop();
          return source.open(range, signal);
        },
      },
      { signal: controller.signal },
    );
    await expect(sending).rejects.toThrow("enough");
  }
});
