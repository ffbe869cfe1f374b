/** Start-up after whatever ended the last run, on real files and a real database. */
import { systemActor } from "../events.ts";
import { open, readdir, readFile, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
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
import type { Durability, Upload } from "./upload.ts";

const partSize = 1000;
const content = contentOf(1, 5 * partSize);
const dayMs = 24 * 3_600_000;

describe("start-up", () => {
  const clock = createTestClock(Date.now());
  let machine: Machine;
  let engine: Engine;
  beforeEach(async () => {
    machine = await openMachine();
    engine = await start();
  });
  afterEach(async () => {
    await machine[Symbol.asyncDispose]();
  });

  const start = async () => {
    const opened = await openEngine(machine, { clock, limits: { durability: "relaxed" } });
    await opened.settled;
    return opened;
  };
  /** The process ends at rest, and another begins. */
  const restart = async (): Promise<Engine> => {
    await engine[Symbol.asyncDispose]();
    engine = await start();
    return engine;
  };
  const begin = async (
    facts: { durability?: Durability; size?: number; oneRequest?: boolean } = {},
  ): Promise<Upload> => {
    const { upload } = await engine.createUpload({
      actor: systemActor,
      ownerId,
      dialect: "native",
      name: `${newId()}.bin`,
      size: content.length,
      partSize,
      durability: "strict",
      ...facts,
    });
    return upload;
  };
  const send = ({ id }: Upload, number: number, count = 1) =>
    engine.receiveBytes({
      id,
      source: createSource(content.subarray(number * partSize, (number + count) * partSize)),
      place: () => ({
        start: number * partSize,
        limit: content.length,
        unit: "part",
        endsContent: () => false,
      }),
    });
  const find = async ({ id }: Upload): Promise<Upload> =>
    (await machine.metadata.uploads.find(id))!;
  const rangesOf = async ({ id }: Upload) =>
    (await machine.metadata.uploads.ranges(id)).map(({ start, end }) => [start, end]);
  const stagingOf = ({ id }: Upload): string => join(machine.folder, "staging", id);
  const flip = async (path: string, position: number): Promise<void> => {
    await using file = await open(path, "r+");
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, position);
    await file.write(
      byte.map((value) => value ^ 1),
      0,
      1,
      position,
    );
  };
  const markCompleting = ({ id }: Upload) =>
    machine.metadata.uploads.transition({
      actor: systemActor,
      id,
      from: ["receiving"],
      to: "completing",
      now: clock.now(),
    });
  const expectCompletes = async (upload: Upload): Promise<void> => {
    for (let number = 0; number < 5; number++) await send(upload, number);
    await engine.completeUpload({ actor: systemActor, id: upload.id });
    await expectPublished(upload);
  };
  const expectPublished = async (upload: Upload): Promise<void> => {
    const { state, blobId } = await find(upload);
    expect(state).toBe("complete");
    const bytes = await readBlob(engine, { blobId: blobId ?? "", size: content.length });
    expect(bytes.equals(content)).toBe(true);
  };
  const quarantined = () => readdir(join(machine.folder, "quarantine"));

  it("finds nothing to do after an orderly end", async () => {
    const upload = await begin();
    await send(upload, 0);
    const { report, alarms } = await restart();
    expect(report).toEqual({
      openUploads: 1,
      ackLost: 0,
      unverifiedRanges: 0,
      abandoned: 0,
      redone: 0,
      removedStaging: 0,
      quarantined: 0,
    });
    expect(alarms).toEqual([]);
    await expectCompletes(upload);
  });

  it("ends uploads of one request each, whose request is gone, and completes those that were whole", async () => {
    const cut = await begin({ oneRequest: true });
    await send(cut, 0);
    const whole = await begin({ oneRequest: true });
    for (let number = 0; number < 5; number++) await send(whole, number);
    await markCompleting(whole);
    const { report } = await restart();
    expect(report).toMatchObject({ abandoned: 1, openUploads: 1, ackLost: 0 });
    expect((await find(cut)).state).toBe("aborted");
    await expect(stat(stagingOf(cut))).rejects.toMatchObject({ code: "ENOENT" });
    await engine.settled;
    await expectPublished(whole);
  });

  it("lowers rows to the bytes that are there, and raises the alarm", async () => {
    const upload = await begin();
    await send(upload, 0, 2);
    await send(upload, 3);
    await truncate(stagingOf(upload), 1500);
    const { report, alarms } = await restart();
    expect(report).toMatchObject({ ackLost: 1 });
    expect(alarms).toEqual([{ uploadId: upload.id, claimedBytes: 4000, foundBytes: 1500 }]);
    expect(await rangesOf(upload)).toEqual([[0, 1500]]);
    expect(await find(upload)).toMatchObject({
      state: "receiving",
      offset: 1500,
      receivedBytes: 1500,
    });
    await expectCompletes(upload);
  });

  it("begins a staging file anew that is gone", async () => {
    const upload = await begin();
    await send(upload, 1);
    await engine.blobs.staging.remove(upload.id);
    const { report } = await restart();
    expect(report).toMatchObject({ ackLost: 1, openUploads: 1 });
    expect(await find(upload)).toMatchObject({ offset: 0, receivedBytes: 0 });
    await expectCompletes(upload);
  });

  it.each<Durability>(["balanced", "relaxed"])(
    "lowers a %s upload without an alarm: it was not promised more",
    async (durability) => {
      const upload = await begin({ durability });
      await send(upload, 0);
      await send(upload, 1);
      await truncate(stagingOf(upload), 1000);
      const { report, alarms } = await restart();
      expect([report.ackLost, alarms]).toEqual([0, []]);
      expect(report.unverifiedRanges).toBeGreaterThan(0);
      expect(await find(upload)).toMatchObject({ offset: 1000, receivedBytes: 1000 });
      await expectCompletes(upload);
    },
  );

  it("reads balanced ranges again, and drops those whose bytes differ", async () => {
    const upload = await begin({ durability: "balanced" });
    for (const number of [0, 1, 3]) await send(upload, number);
    await flip(stagingOf(upload), 1999);
    const { report, alarms } = await restart();
    expect([report.unverifiedRanges, report.ackLost, alarms]).toEqual([1, 0, []]);
    expect(await rangesOf(upload)).toEqual([
      [0, 1000],
      [3000, 4000],
    ]);
    expect(await find(upload)).toMatchObject({ offset: 1000, receivedBytes: 2000 });
    await expectCompletes(upload);
  });

  it("completes what was being completed", async () => {
    const upload = await begin();
    await send(upload, 0, 5);
    await markCompleting(upload);
    const { report } = await restart();
    expect(report).toMatchObject({ redone: 1 });
    await expectPublished(upload);
    expect(await engine.blobs.staging.length(upload.id)).toBeUndefined();
  });

  it("completes what was linked already and not recorded, and puts the first link away", async () => {
    const upload = await begin();
    await send(upload, 0, 5);
    await markCompleting(upload);
    const name = newId();
    await engine.blobs.publish({ stagingId: upload.id, name });
    const { report } = await restart();
    expect(report).toMatchObject({ redone: 1, quarantined: 1 });
    await expectPublished(upload);
    expect(await quarantined()).toEqual([name]);
  });

  it("opens a completion again that its claims forbid, and says why", async () => {
    const upload = await begin();
    await send(upload, 0, 5);
    await machine.metadata.uploads.transition({
      actor: systemActor,
      id: upload.id,
      from: ["receiving"],
      to: "completing",
      now: clock.now(),
      claimed: { sha256: "0".repeat(64) },
    });
    const { report, alarms } = await restart();
    expect(report.redone).toBe(0);
    expect(alarms).toMatchObject([{ uploadId: upload.id, error: { code: "digest-mismatch" } }]);
    expect(await find(upload)).toMatchObject({ state: "receiving", receivedBytes: content.length });
  });

  it.each<Durability>(["strict", "balanced"])(
    "never publishes a %s completion whose bytes are not there",
    async (durability) => {
      const upload = await begin({ durability });
      for (let number = 0; number < 5; number++) await send(upload, number);
      await markCompleting(upload);
      if (durability === "strict") await truncate(stagingOf(upload), 4_999);
      else await flip(stagingOf(upload), 4_500);
      const { report } = await restart();
      expect(report.redone).toBe(0);
      expect(await find(upload)).toMatchObject({ state: "receiving", fileId: null });
      await expectCompletes(upload);
    },
  );

  it("removes staging files without an upload once they are a day old, and those of ended uploads", async () => {
    const [old, young, ended] = [newId(), newId(), await begin()];
    const scratch = `write-${newId()}`;
    for (const id of [old, young, scratch])
      await writeFile(join(machine.folder, "staging", id), "x");
    const yesterday = (clock.now() - dayMs - 60_000) / 1000;
    for (const id of [old, scratch])
      await utimes(join(machine.folder, "staging", id), yesterday, yesterday);
    await engine.lifecycle.abort(ended.id, systemActor);
    await writeFile(stagingOf(ended), "left behind");
    const { report } = await restart();
    expect(report.removedStaging).toBe(3);
    expect(await readdir(join(machine.folder, "staging"))).toEqual([young]);
  });

  it("puts stored files aside that no row knows, and no others", async () => {
    const upload = await begin();
    await expectCompletes(upload);
    const [orphan, { stored: pack }] = [
      newId(),
      await engine.blobs.packs.append([Buffer.from("x")]),
    ];
    await engine.blobs.write({
      name: orphan,
      source: (async function* () {
        yield Buffer.from("y");
      })(),
    });
    const { report } = await restart();
    expect(report.quarantined).toBe(2);
    expect((await quarantined()).toSorted()).toEqual([orphan, pack].toSorted());
    expect(await readFile(join(machine.folder, "quarantine", orphan), "utf8")).toBe("y");
    await expectPublished(upload);
  });

  it("promises as much room as is still to come", async () => {
    const [one, other] = [await begin(), await begin({ size: 1_000_000 })];
    await send(one, 0, 2);
    await send(other, 4);
    const { promisedBytes } = engine.capacity;
    expect(promisedBytes).toBe(content.length - 2 * partSize + 1_000_000 - partSize);
    await restart();
    expect(engine.capacity.promisedBytes).toBe(promisedBytes);
    await truncate(stagingOf(other), 0);
    await restart();
    expect(engine.capacity.promisedBytes).toBe(promisedBytes + partSize);
  });

  it("finds thousands of open uploads", async () => {
    const { uploads } = machine.metadata;
    const first = await begin();
    const made = Array.from({ length: 2_099 }, () => ({
      ...first,
      actor: systemActor,
      id: newId(),
    }));
    await Promise.all(made.map((upload) => uploads.create({ upload, maxOpenUploads: 3_000 })));
    for (const { id } of made.slice(1)) await writeFile(join(machine.folder, "staging", id), "");
    const { report } = await restart();
    expect(report).toMatchObject({ openUploads: 2_100, ackLost: 0, removedStaging: 0 });
    expect(await readdir(join(machine.folder, "staging"))).toHaveLength(2_100);
  });
});
