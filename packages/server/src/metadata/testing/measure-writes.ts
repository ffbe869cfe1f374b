/**
 * Measures the writer: `node measure-writes.ts [folder]`. First the CPU time of commands in the writer's own thread (here, without the trip
 * between threads), then throughput and latency through the thread with every commit on disk.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SmallFile } from "../../core/blobs/blob-index.ts";
import { newId } from "../../core/ids.ts";
import type { NewUpload } from "../../core/uploads/upload-store.ts";
import { openSqlite } from "../sqlite.ts";
import type { Metadata } from "../sqlite.ts";

const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), "sampan-measure-"));
const onFatal = (error: Error) => {
  throw error;
};

async function measure(name: string, work: () => Promise<number>): Promise<void> {
  const cpu = process.threadCpuUsage();
  const started = performance.now();
  const count = await work();
  const wallUs = (performance.now() - started) * 1000;
  const { user, system } = process.threadCpuUsage(cpu);
  const each = `${((user + system) / count).toFixed(1)} µs CPU, ${(wallUs / count).toFixed(1)} µs wall`;
  console.log(`${name.padEnd(58)} ${each}`);
}

function newUpload(ownerId: string): NewUpload {
  return {
    id: newId(),
    ownerId,
    dialect: "native",
    purpose: "file",
    name: newId(),
    mediaType: null,
    metadata: null,
    size: 10_000,
    partSize: 1,
    claimed: {},
    onConflict: "fail",
    durability: "strict",
    resumeKey: null,
    autoComplete: false,
    createdAt: 0,
    expiresAt: 0,
  };
}

async function create({ uploads }: Metadata, ownerId: string): Promise<string> {
  const { upload } = await uploads.create({
    upload: newUpload(ownerId),
    maxOpenUploads: 1_000_000,
  });
  return upload.id;
}

function record(
  { uploads }: Metadata,
  { id, part, crc32 }: { id: string; part: number; crc32: number | null },
) {
  return uploads.recordRanges({
    id,
    epoch: 1,
    ranges: [{ start: part, end: part + 1, crc32 }],
    now: 1,
    expiresAt: part,
  });
}

function shuffled(count: number): number[] {
  const numbers = Array.from({ length: count }, (_, i) => i);
  return numbers.toSorted(() => Math.random() - 0.5);
}

function smallFiles(
  ownerId: string,
  { count, stored }: { count: number; stored: string },
): SmallFile[] {
  return Array.from({ length: count }, (_, i) => ({
    fileId: newId(),
    blobId: newId(),
    ownerId,
    name: `IMG_${randomBytes(4).toString("hex")}.jpg`,
    mediaType: "image/jpeg",
    size: 4096,
    sha256: randomBytes(32).toString("hex"),
    onConflict: "fail",
    segment: { stored, offset: i * 4096 },
  }));
}

async function measureCommands(metadata: Metadata, ownerId: string): Promise<void> {
  await measure("create", async () => {
    await Promise.all(Array.from({ length: 10_000 }, () => create(metadata, ownerId)));
    return 10_000;
  });
  for (const crc32 of [null, 7]) {
    const kind = crc32 === null ? "plain" : "with CRC";
    for (const [order, parts] of [
      ["in order", shuffled(10_000).toSorted((a, b) => a - b)],
      ["shuffled", shuffled(10_000)],
    ] as const) {
      const id = await create(metadata, ownerId);
      await measure(`recordRanges, 10,000 parts of one upload, ${kind}, ${order}`, async () => {
        await Promise.all(parts.map((part) => record(metadata, { id, part, crc32 })));
        return parts.length;
      });
    }
  }
  for (let round = 0; round < 8; round++) {
    const stored = newId();
    const files = smallFiles(ownerId, { count: 1000, stored });
    await measure("publishSmall, a file in batches of 1,000", async () => {
      await metadata.blobs.publishSmall({ files, pack: { stored, length: 4096 * 1000 }, now: 1 });
      return files.length;
    });
  }
}

async function measureThread(metadata: Metadata, ownerId: string): Promise<void> {
  for (const writers of [1, 8, 64]) {
    const perWriter = 6400 / writers;
    const ids = await Promise.all(Array.from({ length: writers }, () => create(metadata, ownerId)));
    const latencies: number[] = [];
    await measure(`thread: recordRanges from ${writers} at once (CPU: caller's)`, async () => {
      const write = async (id: string) => {
        for (let part = 0; part < perWriter; part++) {
          const started = performance.now();
          await record(metadata, { id, part, crc32: null });
          latencies.push(performance.now() - started);
        }
      };
      await Promise.all(ids.map(write));
      return latencies.length;
    });
    const sorted = latencies.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(sorted.length * share)]!.toFixed(2);
    console.log(
      `  latency ms: p50 ${at(0.5)}, p99 ${at(0.99)}, worst ${sorted.at(-1)!.toFixed(2)}`,
    );
  }
}

for (const [writer, run] of [
  ["inline", measureCommands],
  ["thread", measureThread],
] as const) {
  const metadata = await openSqlite({ file: join(folder, `${writer}.db`), writer, onFatal });
  const { id } = await metadata.accounts.ensureOwner({
    id: newId(),
    name: "owner",
    quotaBytes: null,
    now: 0,
  });
  await run(metadata, id);
  await metadata.close();
}
rmSync(folder, { recursive: true });
