import { access, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createClient } from "../client.ts";
import { createLink } from "../link.ts";
import { createNodeTransport, fileSink } from "../node/index.ts";
import { FAKE_TOKEN } from "../testing/fake-server.ts";
import type { Transport } from "../transport.ts";
import { createHarness, FAST_RETRY, makeBytes, type Harness } from "../testing/harness.ts";
import { downloadFile, type DownloadOptions } from "./download.ts";

const MIB = 1024 ** 2;

function store(harness: Harness, size: number, seed = 1) {
  const bytes = makeBytes(size, seed);
  return { bytes, id: harness.server.files.put("file.bin", { bytes, onConflict: "replace" }).id };
}

function fetchTo(harness: Harness, id: string, options: Partial<DownloadOptions> = {}) {
  const target = join(harness.folder, "out.bin");
  const link = createLink({ initialRequestBytes: MIB });
  const common = { client: harness.client, sink: fileSink(target), retry: FAST_RETRY, link };
  return downloadFile(id, { ...common, ...options });
}

async function stored(harness: Harness): Promise<Buffer> {
  return await readFile(join(harness.folder, "out.bin"));
}

test("fetches a file in several ranges, verifies it, and leaves nothing beside it", async () => {
  await using harness = await createHarness();
  const { bytes, id } = store(harness, 5 * MIB + 3);
  const result = await fetchTo(harness, id);
  expect(result).toMatchObject({ isVerified: true, receivedBytes: bytes.length, resumedBytes: 0 });
  expect((await stored(harness)).equals(bytes)).toBe(true);
  expect(await readdir(harness.folder)).toEqual(["out.bin"]);
  expect(harness.server.log.filter((line) => line.startsWith("GET")).length).toBeGreaterThan(2);
});

test("fetches an empty file", async () => {
  await using harness = await createHarness();
  await fetchTo(harness, store(harness, 0).id);
  expect(await stored(harness)).toHaveLength(0);
});

test("a cut answer keeps what arrived and goes on behind it", async () => {
  await using harness = await createHarness();
  const { bytes, id } = store(harness, 3 * MIB);
  const fault = { kind: "cut-answer" as const, afterBytes: 300_000 };
  harness.server.faults.add({ on: "GET /files", fault, times: 3 });
  await fetchTo(harness, id);
  expect((await stored(harness)).equals(bytes)).toBe(true);
});

test("a stopped download keeps what arrived, and the next call fetches only the rest", async () => {
  await using harness = await createHarness();
  const { bytes, id } = store(harness, 8 * MIB);
  const controller = new AbortController();
  const stopped = fetchTo(harness, id, {
    signal: controller.signal,
    onProgress: ({ heldBytes }) => {
      if (heldBytes >= 2 * MIB) controller.abort(new Error("enough"));
    },
  });
  await expect(stopped).rejects.toThrow("enough");
  await expect(access(join(harness.folder, "out.bin"))).rejects.toThrow("ENOENT");

  const result = await fetchTo(harness, id);
  expect(result.resumedBytes).toBeGreaterThanOrEqual(2 * MIB);
  expect(result.receivedBytes).toBe(bytes.length - result.resumedBytes);
  expect((await stored(harness)).equals(bytes)).toBe(true);
});

test("what was left of another version is not continued", async () => {
  await using harness = await createHarness();
  const first = store(harness, 8 * MIB, 1);
  const controller = new AbortController();
  const stopped = fetchTo(harness, first.id, {
    signal: controller.signal,
    onProgress: ({ heldBytes }) => {
      if (heldBytes >= 2 * MIB) controller.abort(new Error("enough"));
    },
  });
  await expect(stopped).rejects.toThrow("enough");
  const second = store(harness, 8 * MIB, 2);
  expect(second.id).toBe(first.id);
  const before = harness.server.log.length;
  const result = await fetchTo(harness, second.id);
  expect(result.resumedBytes).toBe(0);
  expect((await stored(harness)).equals(second.bytes)).toBe(true);
  const heads = harness.server.log.slice(before).filter((line) => line.startsWith("HEAD"));
  expect(heads).toHaveLength(1);
});

test("a file replaced while it is fetched is fetched anew, whole, never mixed", async () => {
  await using harness = await createHarness();
  const { id } = store(harness, 6 * MIB, 1);
  const act = (): void => void store(harness, 6 * MIB, 2);
  harness.server.faults.add({ on: "GET /files", fault: { kind: "before", act }, after: 2 });
  await fetchTo(harness, id);
  expect((await stored(harness)).equals(makeBytes(6 * MIB, 2))).toBe(true);
});

test("other bytes than were asked for are not taken", async () => {
  await using harness = await createHarness();
  const { id } = store(harness, 2 * MIB);
  const send = createNodeTransport();
  const transport: Transport = (request) =>
    send({ ...request, headers: { ...request.headers, Range: "bytes=5-9" } });
  const client = createClient({ url: harness.server.url, token: FAKE_TOKEN, transport });
  await expect(fetchTo(harness, id, { client })).rejects.toMatchObject({
    code: "unexpected-response",
  });
});

test("bytes that do not have the announced digest are not published", async () => {
  await using harness = await createHarness();
  const { bytes, id } = store(harness, MIB);
  harness.server.files.get(id).bytes = makeBytes(MIB, 7);
  await expect(fetchTo(harness, id)).rejects.toMatchObject({ code: "digest-mismatch" });
  expect(bytes.length).toBe(MIB);
  expect(await readdir(harness.folder)).toEqual([]);
});

test("partial bytes damaged on disk are found out and fetched again", async () => {
  await using harness = await createHarness();
  const { bytes, id } = store(harness, 8 * MIB);
  const controller = new AbortController();
  const stopped = fetchTo(harness, id, {
    signal: controller.signal,
    onProgress: ({ heldBytes }) => {
      if (heldBytes >= 4 * MIB) controller.abort(new Error("enough"));
    },
  });
  await expect(stopped).rejects.toThrow("enough");
  const part = join(harness.folder, "out.bin.sampan-part");
  const damaged = await readFile(part);
  damaged[0] = (damaged[0] ?? 0) ^ 0xff;
  await writeFile(part, damaged);
  await fetchTo(harness, id);
  expect((await stored(harness)).equals(bytes)).toBe(true);
});

test("does not overwrite a file unless told to", async () => {
  await using harness = await createHarness();
  const { bytes, id } = store(harness, 1_000);
  const target = join(harness.folder, "out.bin");
  await writeFile(target, "precious");
  await expect(fetchTo(harness, id)).rejects.toMatchObject({ code: "target-exists" });
  expect(await readFile(target, "utf8")).toBe("precious");
  await fetchTo(harness, id, { sink: fileSink(target, { overwrite: true }) });
  expect((await stored(harness)).equals(bytes)).toBe(true);
});

test("does not overwrite a file that appeared during the download", async () => {
  await using harness = await createHarness();
  const { id } = store(harness, 1_000);
  const target = join(harness.folder, "out.bin");
  let appeared: Promise<void> | undefined;
  const sink = fileSink(target);
  const download = fetchTo(harness, id, {
    sink: {
      ...sink,
      async publish() {
        appeared = writeFile(target, "precious");
        await appeared;
        await sink.publish();
      },
    },
  });
  await expect(download).rejects.toMatchObject({ code: "target-exists" });
  expect(await readFile(target, "utf8")).toBe("precious");
});

test("a missing file is an error with the server's code", async () => {
  await using harness = await createHarness();
  await expect(fetchTo(harness, "nowhere")).rejects.toMatchObject({ status: 404 });
});
