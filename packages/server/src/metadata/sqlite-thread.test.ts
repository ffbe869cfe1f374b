import { spawn } from "node:child_process";
import { mkdtemp, open, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { CoreError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import { NOW, newOwner, newUpload, plain, putFile } from "../core/uploads/testing/stores.ts";
import { openSqlite } from "./sqlite.ts";
import type { Metadata } from "./sqlite.ts";
import { MetadataFault } from "./sqlite/wire-error.ts";

let folder: string;
let file: string;
const onFatal = vi.fn<(error: Error) => void>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sampan-thread-"));
  file = join(folder, "a.db");
  onFatal.mockClear();
});
afterEach(() => rm(folder, { recursive: true }));

async function start(): Promise<Metadata> {
  const metadata = await openSqlite({ file, onFatal });
  onTestFinished(() => metadata.close());
  return metadata;
}

const create = (metadata: Metadata, ownerId: string) =>
  metadata.uploads.create({ upload: newUpload(ownerId, { size: 1 }), maxOpenUploads: 1_000_000 });

describe("SQLite written from a thread", () => {
  it("reads what was written as soon as the write resolves", async () => {
    const metadata = await start();
    const owner = await newOwner(metadata);
    const { upload } = await metadata.uploads.create({
      upload: newUpload(owner),
      maxOpenUploads: 9,
    });
    for (let i = 0; i < 100; i++) {
      const range = {
        id: upload.id,
        epoch: 1,
        ranges: [plain(i, i + 1)],
        now: NOW,
        expiresAt: NOW,
      };
      const recorded = await metadata.uploads.recordRanges(range);
      expect(await metadata.uploads.find(upload.id)).toEqual(recorded);
      expect(recorded.offset).toBe(i + 1);
    }
  });

  it("commits commands that come together together, each with its own answer", async () => {
    const metadata = await start();
    const owner = await newOwner(metadata, 500);
    const results = await Promise.allSettled(
      Array.from({ length: 600 }, () => create(metadata, owner)),
    );
    const made = results.flatMap((result) =>
      result.status === "fulfilled" ? [result.value.upload.id] : [],
    );
    expect(new Set(made).size).toBe(500);
    for (const id of made) expect(await metadata.uploads.find(id)).toBeDefined();
    expect(await metadata.accounts.find(owner)).toMatchObject({ reservedBytes: 500 });
  });

  it("rebuilds refusals, and faults with their result code", async () => {
    const metadata = await start();
    const refusal = await metadata.uploads
      .takeOver({ id: "none", epoch: 1, now: NOW })
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(CoreError);
    expect(refusal).toMatchObject({ code: "upload-not-found", facts: { id: "none" } });
    const job = { id: newId(), kind: "k", payload: "", runAt: NOW };
    await metadata.jobs.enqueue(job);
    const fault = await metadata.jobs.enqueue(job).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(MetadataFault);
    expect(fault).toMatchObject({
      code: "ERR_SQLITE_ERROR",
      errcode: 1555,
      cause: expect.any(Error) as unknown,
    });
    expect(onFatal).not.toHaveBeenCalled();
  });

  it("rejects input that cannot cross, and goes on", async () => {
    const metadata = await start();
    const job = { id: newId(), kind: "k", payload: (() => "") as unknown as string, runAt: NOW };
    await expect(metadata.jobs.enqueue(job)).rejects.toThrow("cannot be cloned");
    await metadata.jobs.enqueue({ ...job, payload: "" });
  });

  it("finishes what was asked before closing, and leaves the database file alone", async () => {
    const metadata = await start();
    const owner = await newOwner(metadata);
    const writes = Array.from({ length: 50 }, () => create(metadata, owner));
    await Promise.all([metadata.close(), metadata.close()]);
    await Promise.all(writes);
    expect(await readdir(folder)).toEqual(["a.db", "a.db-ballast"]);
    await expect(create(metadata, owner)).rejects.toThrow("closed");
    const again = await start();
    expect(await again.accounts.find(owner)).toMatchObject({ reservedBytes: 50 });
  });

  it("rejects what waits and says so once when the thread dies", async () => {
    const post = vi.spyOn(Worker.prototype, "postMessage");
    const metadata = await start();
    const owner = await newOwner(metadata);
    const [worker] = post.mock.contexts as unknown as [Worker];
    post.mockRestore();
    const write = create(metadata, owner);
    void worker.terminate();
    await expect(Promise.all([write, create(metadata, owner)])).rejects.toThrow("ended with code");
    expect(onFatal).toHaveBeenCalledTimes(1);
    await expect(create(metadata, owner)).rejects.toThrow("ended with code");
    expect(await metadata.accounts.find(owner)).toBeDefined();
  });

  it("rejects when it cannot open, without calling it fatal", async () => {
    await expect(openSqlite({ file: join(folder, "none", "a.db"), onFatal })).rejects.toMatchObject(
      { errcode: 14 },
    );
    expect(onFatal).not.toHaveBeenCalled();
  });

  it("opens for reading beside the writer", async () => {
    const metadata = await start();
    const owner = await newOwner(metadata);
    const reader = await openSqlite({ file, writer: "none", onFatal });
    onTestFinished(() => reader.close());
    expect(await reader.accounts.find(owner)).toBeDefined();
    await expect(newOwner({ ...reader })).rejects.toThrow("for reading only");
  });
});

it("collects no blob that is referred to, whatever its orphan mark says", async () => {
  const metadata = await start();
  const owner = await newOwner(metadata);
  const file = await putFile(metadata, { content: "a", upload: newUpload(owner) });
  const partial = await putFile(metadata, {
    content: "b",
    upload: newUpload(owner, { purpose: "partial" }),
  });
  tamper("update blobs set orphaned_at = 0");
  expect(await metadata.blobs.collect({ before: NOW, now: NOW, limit: 9 })).toEqual({ blobs: 0 });
  for (const { blobId } of [file, partial])
    expect(await metadata.blobs.manifest(blobId!)).toHaveLength(1);
});

describe("quickCheck", () => {
  it("finds nothing wrong with a sound database", async () => {
    const metadata = await start();
    await create(metadata, await newOwner(metadata));
    expect(await metadata.quickCheck()).toEqual([]);
  });

  it("finds counters that have drifted", async () => {
    const metadata = await start();
    const owner = await newOwner(metadata);
    tamper("update accounts set used_bytes = 1, reserved_bytes = 2, open_uploads = 3");
    expect(await metadata.quickCheck()).toEqual([
      `account ${owner} counts 1 bytes used, its files have 0`,
      `account ${owner} counts 2 bytes reserved, its uploads and jobs hold 0`,
      `account ${owner} counts 3 open uploads, it has 0`,
    ]);
  });

  it("finds damage of the file", async () => {
    const writer = await openSqlite({ file, onFatal });
    const owner = await newOwner(writer);
    await Promise.all(Array.from({ length: 1_000 }, () => create(writer, owner)));
    await writer.close();
    const handle = await open(file, "r+");
    const { size } = await handle.stat();
    // The schema is in the first pages; without it the database would not even open.
    for (let page = Math.floor((size * 3) / 4 / 4096); page * 4096 < size; page += 3)
      await handle.write(Buffer.alloc(2048, 0xaa), 0, 2048, page * 4096);
    await handle.close();
    const reader = await openSqlite({ file, writer: "none", onFatal });
    onTestFinished(() => reader.close());
    expect(await reader.quickCheck()).not.toEqual([]);
  });
});

describe("SIGKILL in the middle of commits", () => {
  it.each([60, 200, 450])(
    "keeps every acknowledged write (after %i of them)",
    { timeout: 60_000 },
    async (count) => {
      const owner = newId();
      const acknowledged = await killAfter(count, owner);
      expect(acknowledged.length).toBeGreaterThanOrEqual(count);
      const metadata = await start();
      expect(await metadata.quickCheck()).toEqual([]);
      for (const id of acknowledged)
        expect(await metadata.uploads.find(id)).toMatchObject({ receivedBytes: 1 });
    },
  );
});

/** Changes the database behind everyone's back. */
function tamper(sql: string): void {
  const other = new DatabaseSync(file);
  other.exec(sql);
  other.close();
}

/** Runs the writing child and kills it when it has acknowledged so many writes; answers all that it acknowledged. */
async function killAfter(count: number, owner: string): Promise<string[]> {
  const script = fileURLToPath(new URL("./testing/writing-child.ts", import.meta.url));
  const child = spawn(process.execPath, [script, file, owner], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ids: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.length === 36) ids.push(line);
    if (ids.length === count) child.kill("SIGKILL");
  }
  return ids;
}
