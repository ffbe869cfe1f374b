/** Archives over a real store and database, read by a strict reader of our own, and by programs of others where there are any. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MissingBytes } from "../blobs/blob-store.ts";
import { openEngine, openMachine, ownerId, type Engine, type Machine } from "../testing/engine.ts";
import { contentOf, createSource } from "../testing/sources.ts";
import type { ArchiveItem } from "./archive-entry.ts";
import { planArchive, type ArchivePlan } from "./archive-plan.ts";
import { createReadArchive, type ReadArchive } from "./read-archive.ts";
import { readZip } from "./testing/read-zip.ts";
import { systemActor } from "../events.ts";

const MiB = 1024 * 1024;
const modifiedAt = Date.UTC(2024, 1, 29, 13, 37, 42);
const never = new AbortController().signal;

const sourceOf = (items: readonly ArchiveItem[]) => ({
  async *pages() {
    yield items;
  },
});

describe("an archive", () => {
  let machine: Machine;
  let engine: Engine;
  let readArchive: ReadArchive;
  const problems: unknown[] = [];
  const contents = new Map<string, Buffer>();
  const items: ArchiveItem[] = [];
  let plan: ArchivePlan;
  let whole: Buffer;

  beforeAll(async () => {
    machine = await openMachine();
    engine = await openEngine(machine, { maxPackBytes: 300_000 });
    readArchive = newReader();
    items.push({ kind: "folder", path: "照片", modifiedAt });
    for (let i = 0; i < 60; i++) await add(`small/${i}.bin`, contentOf(i, i * 977));
    await add("empty", Buffer.alloc(0));
    await add("照片/naïve 🦊.bin", contentOf(100, 3 * MiB + 17));
    await add("parts/whole.bin", contentOf(101, 40_000), { inParts: true });
    await add("parts/a second large one.bin", contentOf(102, MiB + 1));
    await add("parts/as long as it may be.bin", contentOf(103, MiB));
    for (let i = 0; i < 6; i++)
      await add(`large/${i}`, contentOf(400 + i, MiB + 100 + i * 700_000));
    for (let i = 0; i < 9; i++) await add(`more/${i}.bin`, contentOf(200 + i, 200_000));
    plan = await planArchive(sourceOf(items));
    whole = await read({ start: 0, end: plan.size });
  });
  afterAll(async () => {
    expect(problems).toEqual([]);
    await engine[Symbol.asyncDispose]();
    await machine[Symbol.asyncDispose]();
  });

  const newReader = () =>
    createReadArchive({
      index: machine.metadata.archive,
      blobs: engine.blobs,
      readContent: engine.readContent,
      onRecordError: (error) => problems.push(error),
    });

  async function add(path: string, bytes: Buffer, { inParts = false } = {}): Promise<void> {
    const name = path.replaceAll("/", "-");
    const { blobId } =
      bytes.length <= MiB && !inParts
        ? await engine.storeSmallFile({
            ownerId,
            name,
            mediaType: null,
            bytes,
            sha256: createHash("sha256").update(bytes).digest("hex"),
            onConflict: "fail",
            actor: systemActor,
          })
        : await upload(name, bytes);
    contents.set(path, bytes);
    items.push({ kind: "file", path, size: bytes.length, modifiedAt, blobId: blobId! });
  }

  async function upload(name: string, bytes: Buffer) {
    const size = bytes.length;
    const { upload: begun } = await engine.createUpload({
      ownerId,
      dialect: "t",
      name,
      size,
      actor: systemActor,
    });
    await engine.receiveBytes({
      id: begun.id,
      source: createSource(bytes),
      place: () => ({ start: 0, limit: size, unit: "byte", endsContent: () => false }),
    });
    return engine.completeUpload({ id: begun.id, actor: systemActor });
  }

  /** As a socket does: a buffer is looked at last when the next has been handed over. */
  async function read(
    range: { start: number; end: number },
    { from = plan, by = readArchive } = {},
  ): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let last: Uint8Array | undefined;
    for await (const bytes of by(from, { ...range, signal: never })) {
      if (last) pieces.push(Buffer.from(last));
      last = bytes;
    }
    if (last) pieces.push(Buffer.from(last));
    return Buffer.concat(pieces);
  }

  it("has the length that was planned, and every file with its bytes, time and mode", () => {
    expect(whole.length).toBe(plan.size);
    const entries = readZip(whole);
    expect(entries.map(({ path }) => path)).toEqual(
      items.map(({ kind, path }) => (kind === "folder" ? `${path}/` : path)),
    );
    for (const { path, data, mode, modifiedAt: time } of entries) {
      expect(data.equals(contents.get(path) ?? Buffer.alloc(0))).toBe(true);
      expect(mode).toBe(path.endsWith("/") ? 0o040755 : 0o100644);
      expect(time).toBe(modifiedAt);
    }
    for (const { data, hasDescriptor } of entries) expect(hasDescriptor).toBe(data.length > MiB);
  });

  it("is the same in any range, whoever reads what first", async () => {
    const edges = [...plan.offsets, ...plan.centralOffsets, plan.size];
    const position = fc.oneof(
      fc.nat(plan.size),
      fc
        .tuple(fc.constantFrom(...edges), fc.integer({ min: -40, max: 40 }))
        .map(([edge, by]) => Math.max(0, Math.min(plan.size, edge + by))),
    );
    const property = fc.asyncProperty(position, position, async (a, b) => {
      const range = { start: Math.min(a, b), end: Math.max(a, b) };
      expect((await read(range)).equals(whole.subarray(range.start, range.end))).toBe(true);
    });
    await fc.assert(property, { seed: 7, numRuns: 80 });
  }, 30_000);

  it("is planned to the same bytes and ETag again, and to another ETag when anything has changed", async () => {
    const etagOf = async (changed: readonly ArchiveItem[]) =>
      (await planArchive(sourceOf(changed))).etag;
    expect(await etagOf(items)).toBe(plan.etag);
    const [first, second, ...others] = items as [ArchiveItem, ArchiveItem, ...ArchiveItem[]];
    const etags = await Promise.all(
      [
        [second, first, ...others],
        [first, ...others],
        [{ ...first, path: "other" }, second, ...others],
        [first, { ...second, modifiedAt: modifiedAt + 1 }, ...others],
        [first, { ...second, blobId: "another" }, ...others],
      ].map((changed) => etagOf(changed as ArchiveItem[])),
    );
    expect(new Set([plan.etag, ...etags]).size).toBe(6);
    for (const etag of etags) expect(etag).toMatch(/^"[\x21\x23-\x7e]+"$/);
  });

  it("gives its end, with every CRC, to a reader who asked for nothing else", async () => {
    const bytes = contentOf(300, 2 * MiB);
    const { blobId } = await upload("never read", bytes);
    const item: ArchiveItem = {
      kind: "file",
      path: "a",
      size: bytes.length,
      modifiedAt,
      blobId: blobId!,
    };
    const from = await planArchive(sourceOf([item]));
    const crcs = () => machine.metadata.archive.crcs([blobId!]);
    expect(await crcs()).toEqual(new Map());
    const start = from.directory.offset;
    // Three at once share one reading; what they found is recorded.
    const ends = await Promise.all([1, 2, 3].map(() => read({ start, end: from.size }, { from })));
    const rest = await read({ start: 0, end: start }, { from });
    expect(readZip(Buffer.concat([rest, ends[0]!]))[0]?.data.equals(bytes)).toBe(true);
    expect(ends[1]!.equals(ends[0]!) && ends[2]!.equals(ends[0]!)).toBe(true);
    expect([...(await crcs()).values()]).toHaveLength(1);
  });

  it("records the CRC of what it sends, and believes the record", async () => {
    const files = items.filter((item) => item.kind === "file" && item.size > 0);
    const ids = files.map((item) => (item.kind === "file" ? item.blobId : ""));
    expect((await machine.metadata.archive.crcs(ids)).size).toBe(files.length);
    const again = await read({ start: 0, end: plan.size }, { by: newReader() });
    expect(again.equals(whole)).toBe(true);
  });

  it("breaks off where bytes are missing, and lets go of what it had open", async () => {
    const gone: ArchiveItem = { kind: "file", path: "b", size: 5, modifiedAt, blobId: "gone" };
    const from = await planArchive(sourceOf([...items, gone]));
    await expect(read({ start: 0, end: from.size }, { from })).rejects.toBeInstanceOf(MissingBytes);
  });

  it("stops reading when its reader goes away, also in the middle of a CRC", async () => {
    const opened = { now: 0, most: 0 };
    const by = createReadArchive({
      index: machine.metadata.archive,
      readContent: engine.readContent,
      onRecordError: (error) => problems.push(error),
      blobs: {
        async open(stored) {
          const reader = await engine.blobs.open(stored);
          opened.most = Math.max(opened.most, ++opened.now);
          return {
            length: reader.length,
            read: (target, position) => reader.read(target, position),
            readInto: (targets, position) => reader.readInto(targets, position),
            async [Symbol.asyncDispose]() {
              opened.now--;
              await reader[Symbol.asyncDispose]();
            },
          };
        },
      },
    });
    for (const enough of [1, 3, 5]) {
      let count = 0;
      for await (const _ of by(plan, { start: 0, end: plan.size, signal: never }))
        if (++count === enough) break;
      expect(opened.now).toBe(0);
    }
    expect(opened.most).toBeGreaterThan(0);

    const { blobId } = await upload("long", contentOf(301, 2 * MiB));
    const item = { kind: "file", path: "a", size: 2 * MiB, modifiedAt, blobId: blobId! } as const;
    const from = await planArchive(sourceOf([item]));
    const abort = new AbortController();
    const range = { start: from.directory.offset, end: from.size, signal: abort.signal };
    const pending = by(from, range).next();
    abort.abort();
    await expect(pending).rejects.toThrow("aborted");
  });

  it("of nothing is empty and sound", async () => {
    const from = await planArchive(sourceOf([]));
    expect(readZip(await read({ start: 0, end: from.size }, { from }))).toEqual([]);
  });

  for (const [program, ...args] of [
    ["unzip", "-tq"],
    ["bsdtar", "-tf"],
    ["python3", "-m", "zipfile", "-t"],
  ] as [string, ...string[]][]) {
    it(`is accepted by ${program}`, async (ctx) => {
      const file = join(machine.folder, "a.zip");
      await writeFile(file, whole);
      try {
        // Names are UTF-8, which bsdtar can print in a locale of UTF-8 alone.
        const env = { ...process.env, LC_ALL: "C.UTF-8" };
        expect(execFileSync(program, [...args, file], { timeout: 60_000, env })).toBeDefined();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") ctx.skip(`no ${program} here`);
        throw error;
      }
    });
  }
});
