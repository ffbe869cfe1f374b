/** Reading, scrubbing, compacting and sweeping what was published: on a real store and database. */
import { systemActor } from "../events.ts";
import { truncate } from "node:fs/promises";
import { join } from "node:path";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { newId } from "../ids.ts";
import {
  createTestClock,
  openEngine,
  openMachine,
  ownerId,
  readBlob,
  type Engine,
  type Machine,
} from "../testing/engine.ts";
import { contentOf, createSource } from "../testing/sources.ts";
import type { BlobIndex } from "./blob-index.ts";
import { MissingBytes, type BlobStore } from "./blob-store.ts";
import { createReadContent } from "./content.ts";
import type { ManifestSegment } from "./manifest.ts";
import type { ScrubProgress } from "./scrub.ts";

describe("content", () => {
  const clock = createTestClock();
  let machine: Machine;
  let engine: Engine;
  beforeAll(async () => {
    machine = await openMachine();
  });
  beforeEach(async () => {
    engine = await openEngine(machine, {
      clock,
      maxPackBytes: 1_000,
      compactRules: { maxSegments: 4, minLiveRatio: 0.9, minPackBytes: 1 },
    });
  });
  afterAll(() => machine[Symbol.asyncDispose]());

  const storeSmall = (bytes: Uint8Array) =>
    engine.storeSmallFile({
      actor: systemActor,
      ownerId,
      name: newId(),
      mediaType: null,
      bytes,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      onConflict: "fail",
    });
  const upload = async (bytes: Uint8Array, purpose: "file" | "partial" = "file") => {
    const { upload: begun } = await engine.createUpload({
      actor: systemActor,
      ownerId,
      dialect: "tus",
      name: newId(),
      size: bytes.length,
      purpose,
    });
    await engine.receiveBytes({
      id: begun.id,
      source: createSource(bytes),
      place: () => ({ start: 0, limit: bytes.length, unit: "byte", endsContent: () => false }),
    });
    return engine.completeUpload({ actor: systemActor, id: begun.id });
  };
  /** A blob of many segments: the partials, joined. */
  const joinPartials = async (pieces: readonly Uint8Array[]) => {
    const partials = [];
    for (const piece of pieces) partials.push(await upload(piece, "partial"));
    const now = clock.now();
    return machine.metadata.uploads.join({
      upload: {
        ...partials[0]!,
        actor: systemActor,
        id: newId(),
        name: newId(),
        purpose: "file",
        claimed: {},
      },
      partialIds: partials.map(({ id }) => id),
      blobId: newId(),
      fileId: newId(),
      now,
    });
  };
  const remove = (id: string) =>
    machine.metadata.files.remove({ actor: systemActor, id, ownerId, now: clock.now() });
  const storedFiles = async () => {
    const found: string[] = [];
    for await (const { stored } of engine.blobs.list()) found.push(stored);
    return found;
  };
  const scrub = async (): Promise<ScrubProgress> => {
    let last: ScrubProgress | undefined;
    for await (const progress of engine.scrub()) last = progress;
    return last!;
  };

  it("of many segments is read as one, any stretch of it, each buffer whole until the next but one is asked for", async () => {
    const stored = contentOf(1, 4_000);
    const index = {
      manifest: () => Promise.resolve(manifest),
    } as unknown as BlobIndex;
    const blobs = {
      open: () =>
        Promise.resolve({
          length: stored.length,
          read: (target: Uint8Array, position: number) => {
            const bytes = stored.subarray(position, position + target.length);
            target.set(bytes);
            return Promise.resolve(bytes.length);
          },
          [Symbol.asyncDispose]: () => Promise.resolve(),
        }),
    } as unknown as BlobStore;
    let manifest: ManifestSegment[] = [];
    const readContent = createReadContent({ index, blobs });
    const segments = fc.array(
      fc
        .tuple(fc.nat(3_900), fc.integer({ min: 1, max: 100 }))
        .map(([offset, length]): ManifestSegment => ({
          stored: "a",
          kind: "blob",
          offset,
          length,
        })),
      { minLength: 1, maxLength: 12 },
    );
    const property = fc.asyncProperty(segments, fc.nat(), fc.nat(), async (planned, a, b) => {
      manifest = planned;
      const whole = Buffer.concat(
        planned.map(({ offset, length }) => stored.subarray(offset, offset + length)),
      );
      const [x, y] = [a % (whole.length + 1), b % (whole.length + 1)];
      const [start, end] = [Math.min(x, y), Math.max(x, y)];
      const pieces: Buffer[] = [];
      let before: { bytes: Uint8Array; copy: Buffer } | undefined;
      for await (const bytes of readContent("blob", { start, end })) {
        // The one before may still be on its way to a socket.
        if (before) expect(Buffer.compare(before.bytes, before.copy)).toBe(0);
        before = { bytes, copy: Buffer.from(bytes) };
        pieces.push(before.copy);
      }
      expect(Buffer.concat(pieces).equals(whole.subarray(start, end))).toBe(true);
    });
    await fc.assert(property, { seed: 7, numRuns: 100 });
  });

  it("that is not there is missed when it is asked for, not replaced by nothing", async () => {
    const { blobId, id } = await storeSmall(contentOf(1, 100));
    const [{ stored }] = (await machine.metadata.blobs.manifest(blobId)) as [ManifestSegment];
    await expect(readBlob(engine, { blobId, size: 101 })).rejects.toBeInstanceOf(MissingBytes);
    await truncate(join(machine.folder, "packs", stored), 99);
    await expect(readBlob(engine, { blobId, size: 100 })).rejects.toBeInstanceOf(MissingBytes);
    await engine.blobs.remove({ stored, kind: "pack" });
    await expect(readBlob(engine, { blobId, size: 100 })).rejects.toBeInstanceOf(MissingBytes);
    const { problems } = await scrub();
    expect(problems).toMatchObject([{ blob: blobId }]);
    await remove(id);
    clock.advance(1);
    await engine.sweep();
  });

  it("that was altered is found by a scrub, and only that", async () => {
    const files = [await storeSmall(contentOf(1, 50)), await storeSmall(contentOf(2, 50))];
    const whole = await upload(contentOf(3, 5_000));
    const { totalBlobs, checkedBlobs, problems } = await scrub();
    expect([totalBlobs, checkedBlobs, problems]).toEqual([3, 3, []]);
    const { blobId } = whole;
    const [{ stored }] = (await machine.metadata.blobs.manifest(blobId!)) as [ManifestSegment];
    await truncate(join(machine.folder, "blobs", stored.slice(-2), stored), 4_000);
    await truncate(join(machine.folder, "blobs", stored.slice(-2), stored), 5_000);
    const after = await scrub();
    const problem = expect.stringMatching(/^content is/) as string;
    expect(after.problems).toEqual([{ blob: blobId, problem }]);
    for (const id of [...files.map((file) => file.id), whole.fileId!]) await remove(id);
    clock.advance(1);
    await engine.sweep();
    expect((await scrub()).totalBlobs).toBe(0);
  });

  it("in many pieces becomes one file when it is compacted, and reads the same", async () => {
    const pieces = Array.from({ length: 6 }, (_, i) => contentOf(i, 3_000 + i));
    const whole = Buffer.concat(pieces);
    const joined = await joinPartials(pieces);
    const read = () => readBlob(engine, { blobId: joined.blobId!, size: whole.length });
    expect((await read()).equals(whole)).toBe(true);
    await engine.identifyBlob(joined.blobId!);
    await engine.identifyBlob(joined.blobId!);
    const sha256 = createHash("sha256").update(whole).digest("hex");
    expect((await machine.metadata.blobs.find(joined.blobId!))?.digests).toMatchObject({ sha256 });

    expect(await engine.compact()).toEqual({ blobs: 1 });
    expect(await machine.metadata.blobs.manifest(joined.blobId!)).toHaveLength(1);
    expect((await read()).equals(whole)).toBe(true);
    expect(await engine.compact()).toEqual({ blobs: 0 });
    clock.advance(1);
    await engine.sweep();
    expect((await read()).equals(whole)).toBe(true);
    expect((await scrub()).problems).toEqual([]);
    await remove(joined.fileId!);
  });

  it("of a pack that is mostly dead moves to another, and the pack goes", async () => {
    const files = await Promise.all(
      Array.from({ length: 9 }, (_, i) => storeSmall(contentOf(100 + i, 100))),
    );
    const [{ stored: pack }] = (await machine.metadata.blobs.manifest(files[8]!.blobId)) as [
      ManifestSegment,
    ];
    await storeSmall(contentOf(200, 900));
    for (const { id } of files.slice(0, 8)) await remove(id);
    clock.advance(1);
    await engine.sweep();
    expect(await storedFiles()).toContain(pack);
    expect((await engine.compact()).blobs).toBe(1);
    clock.advance(1);
    await engine.sweep();
    clock.advance(1);
    await engine.sweep();
    expect(await storedFiles()).not.toContain(pack);
    const bytes = await readBlob(engine, { blobId: files[8]!.blobId, size: 100 });
    expect(bytes.equals(contentOf(108, 100))).toBe(true);
  });

  it("is stored once however often it is sent, by either lane, and goes with its last file", async () => {
    const bytes = contentOf(300, 500);
    const files = await Promise.all([storeSmall(bytes), storeSmall(bytes), storeSmall(bytes)]);
    const large = await upload(bytes);
    const blobIds = new Set([...files.map((file) => file.blobId), large.blobId]);
    expect(blobIds.size).toBe(1);
    const ids = [...files.map((file) => file.id), large.fileId!];
    for (const id of ids.slice(1)) await remove(id);
    clock.advance(1);
    await engine.sweep();
    const [blobId] = blobIds;
    expect((await readBlob(engine, { blobId: blobId!, size: 500 })).equals(bytes)).toBe(true);
    await remove(ids[0]!);
    clock.advance(1);
    await engine.sweep();
    expect(await machine.metadata.blobs.find(blobId!)).toBeUndefined();
  });

  it("is kept for the grace period after its last file went", async () => {
    const patient = await openEngine(machine, { clock, sweepGraceMs: 10_000 });
    const { blobId, fileId } = await upload(contentOf(400, 2_000));
    await remove(fileId!);
    clock.advance(9_999);
    expect(await patient.sweep()).toEqual({ blobs: 0, storedFiles: 0 });
    clock.advance(2);
    expect((await patient.sweep()).blobs).toBe(1);
    expect(await machine.metadata.blobs.find(blobId!)).toBeUndefined();
    const before = (await storedFiles()).length;
    clock.advance(9_998);
    expect((await patient.sweep()).storedFiles).toBe(0);
    clock.advance(10);
    expect((await patient.sweep()).storedFiles).toBeGreaterThan(0);
    expect((await storedFiles()).length).toBeLessThan(before);
    await patient[Symbol.asyncDispose]();
  });
});
