/** Where 32 and 16 bits are not enough: archives of sizes that no test could hold, of which only the ends are read. */
import { execFileSync } from "node:child_process";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { BlobStore } from "../blobs/blob-store.ts";
import type { ReadContent } from "../blobs/content.ts";
import type { ArchiveItem } from "./archive-entry.ts";
import type { ArchiveIndex } from "./archive-index.ts";
import { maxArchiveEntries, planArchive, type ArchivePlan } from "./archive-plan.ts";
import { createReadArchive } from "./read-archive.ts";
import { readCentral, readEnd, readZip, type CentralHeader } from "./testing/read-zip.ts";

const GiB = 1024 ** 3;
const modifiedAt = Date.UTC(2024, 0, 1);
/** Of any number of zero bytes, as far as these tests need one. */
const crc32 = 0x12345678;

/** Contents of zeros, whose CRC is on record. */
const index: ArchiveIndex = {
  contents: (ids) =>
    Promise.resolve(
      new Map(
        ids.map((id) => {
          const segment = {
            stored: id,
            kind: "blob",
            offset: 0,
            length: Number(id.split(" ")[1]),
          } as const;
          return [id, { manifest: [segment], crc32 }];
        }),
      ),
    ),
  crcs: (ids) => Promise.resolve(new Map(ids.map((id) => [id, crc32]))),
  recordCrcs: () => Promise.reject(new Error("nothing new is to be recorded")),
};
const zeros: ReadContent = async function* zeros(_blobId, { start, end }) {
  const buffer = Buffer.alloc(1024 * 1024);
  for (let at = start; at < end; at += buffer.length)
    yield buffer.subarray(0, Math.min(buffer.length, end - at));
};
const blobs: Pick<BlobStore, "open"> = {
  open: () => Promise.reject(new Error("no small file here has bytes")),
};
const readArchive = createReadArchive({
  index,
  blobs,
  readContent: zeros,
  onRecordError: (error) => {
    throw error;
  },
});

const file = (path: string, size: number): ArchiveItem => ({
  kind: "file",
  path,
  size,
  modifiedAt,
  blobId: `${path} ${size}`,
});
const planOf = (items: Iterable<ArchiveItem>) =>
  planArchive({
    async *pages() {
      for (const item of items) yield [item];
    },
  });
async function read(plan: ArchivePlan, [start, end]: readonly [number, number]): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const { signal } = new AbortController();
  for await (const bytes of readArchive(plan, { start, end, signal }))
    pieces.push(Buffer.from(bytes));
  return Buffer.concat(pieces);
}
/** The headers of the directory, read from a part of the archive that holds no content. */
async function readDirectory(plan: ArchivePlan): Promise<CentralHeader[]> {
  const { offset, length, entries } = plan.directory;
  const bytes = await read(plan, [offset, plan.size]);
  expect(bytes.length).toBe(plan.size - offset);
  expect(readEnd(bytes)).toMatchObject({ count: entries, offset, length });
  const headers: CentralHeader[] = [];
  for (let at = 0; at < length; at = headers.at(-1)!.end) headers.push(readCentral(bytes, at));
  return headers;
}

describe("an archive beyond 32 bits", () => {
  it("has files of more than 4 GiB, and what stands behind them", async () => {
    const sizes = [5, 4 * GiB - 2, 4 * GiB - 1, 4 * GiB, 100 * GiB].map((size) => size);
    const plan = await planOf(sizes.map((size, i) => file(`f${i}`, size)).slice(1));
    const headers = await readDirectory(plan);
    expect(headers.map(({ size }) => size)).toEqual(sizes.slice(1));
    expect(headers.map(({ offset }) => offset)).toEqual([...plan.offsets.subarray(0, 4)]);
    expect(headers.map(({ version }) => version)).toEqual([20, 45, 45, 45]);
    for (const [i, { size }] of headers.entries()) {
      const start = plan.offsets[i]!;
      const isLong = size >= 2 ** 32 - 1;
      const local = await read(plan, [start, start + 41 + (isLong ? 20 : 0)]);
      expect(local.readUInt32LE(0)).toBe(0x04034b50);
      // A descriptor has the sizes: nothing here, but the ZIP64 field that says they are long.
      expect(local.readUInt32LE(22)).toBe(isLong ? 0xffffffff : 0);
      expect(local.readUInt16LE(28)).toBe(isLong ? 29 : 9);
      if (isLong) expect(local.subarray(-20).toString("hex")).toBe(`01001000${"0".repeat(32)}`);
      const end = plan.offsets[i + 1]!;
      const descriptor = await read(plan, [end - (isLong ? 24 : 16), end]);
      expect([descriptor.readUInt32LE(0), descriptor.readUInt32LE(4)]).toEqual([0x08074b50, crc32]);
      const shown = isLong ? Number(descriptor.readBigUInt64LE(16)) : descriptor.readUInt32LE(12);
      expect(shown).toBe(size);
      expect(end - start).toBe(local.length + size + descriptor.length);
    }
    expect(plan.size).toBeGreaterThan(112 * GiB);
  });

  it.each([
    [0xfffe, false],
    [0xffff, true],
    [70_000, true],
  ])("of %i entries ends as it must", async (count, isZip64) => {
    const plan = await planOf(Array.from({ length: count }, (_, i) => file(`${i}`, 0)));
    const bytes = await read(plan, [0, plan.size]);
    expect(readEnd(bytes).isZip64).toBe(isZip64);
    expect(readZip(bytes)).toHaveLength(count);
  });

  it.each([
    ["10,000 files of 48 KiB", 10_000, 48 * 1024],
    ["500 files of 1 MiB", 500, 1024 * 1024],
    ["50 files of 10 MiB", 50, 10 * 1024 * 1024],
  ])(
    "is read in memory that does not grow: %s",
    async (_what, count, size) => {
      const plan = await planOf(Array.from({ length: count }, (_, i) => file(`f${i}`, size)));
      const readFlat = createReadArchive({
        index,
        readContent: zeros,
        onRecordError: (error) => expect.unreachable(String(error)),
        blobs: {
          open: () =>
            Promise.resolve({
              length: size,
              read: (target: Uint8Array) => Promise.resolve(target.fill(0).length),
              readInto: (targets: readonly Uint8Array[]) =>
                Promise.resolve(targets.reduce((sum, { length }) => sum + length, 0)),
              [Symbol.asyncDispose]: () => Promise.resolve(),
            }),
        },
      });
      const { signal } = new AbortController();
      const before = process.memoryUsage().arrayBuffers;
      let [most, length] = [0, 0];
      for await (const bytes of readFlat(plan, { start: 0, end: plan.size, signal })) {
        length += bytes.length;
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      }
      expect(length).toBe(plan.size);
      // Buffers of `zeros`, one a file, wait for the collector; everything of ours is used again.
      expect(most).toBeLessThan(64 * 1024 * 1024);
    },
    30_000,
  );

  it("refuses more entries than a plan may hold", async () => {
    function* many() {
      for (let i = 0; ; i++) yield file(`${i}`, 0);
    }
    await expect(planOf(many())).rejects.toMatchObject({
      code: "archive-too-large",
      facts: { limitEntries: maxArchiveEntries },
    });
  });

  it("is listed by unzip, with a file of 5 GiB that is a hole", async (ctx) => {
    const plan = await planOf([file("long", 5 * GiB), file("behind", 2 * 1024 * 1024)]);
    const folder = await mkdtemp(join(tmpdir(), "sampan-zip-"));
    try {
      const path = join(folder, "a.zip");
      await using target = await open(path, "w");
      // Everything but the long content, which the file has as a hole.
      const pieces = [
        [0, 70],
        [plan.offsets[1]! - 24, plan.size],
      ] as const;
      for (const [start, end] of pieces)
        await target.write(await read(plan, [start, end]), 0, undefined, start);
      const listed = execFileSync("unzip", ["-l", path], { encoding: "utf8", timeout: 60_000 });
      expect(listed).toMatch(/5368709120 .* long\n.*2097152 .* behind\n/);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") ctx.skip("no unzip here");
      throw error;
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
