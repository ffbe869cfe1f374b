/** What the disk may do to the engine: full, failing, or failing once. */
import { systemActor } from "../events.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FlushFailed, type BlobStore, type StagingFile } from "../blobs/blob-store.ts";
import { CoreError } from "../errors.ts";
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
import { outcomeOf } from "../testing/world.ts";
import type { Durability, Upload } from "./upload.ts";

const partSize = 1000;
const content = contentOf(1, 4 * partSize);

type Fault = "write" | "sync" | "publish" | "append" | "create" | "read";

/** A store whose next call of one kind fails. */
function createFaultyStore() {
  const faults = new Map<Fault, Error>();
  const strike = async (kind: Fault): Promise<void> => {
    const fault = faults.get(kind);
    faults.delete(kind);
    if (fault) throw fault;
  };
  const wrapFile = (file: StagingFile): StagingFile => ({
    ...file,
    write: async (bytes, position) => {
      await strike("write");
      await file.write(bytes, position);
    },
    sync: async () => {
      await strike("sync");
      await file.sync();
    },
    read: async (target, position) => {
      await strike("read");
      return file.read(target, position);
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  });
  const wrap = (store: BlobStore): BlobStore => ({
    ...store,
    get poisoned() {
      return store.poisoned;
    },
    publish: async (input) => {
      await strike("publish");
      await store.publish(input);
    },
    packs: {
      ...store.packs,
      append: async (pieces) => {
        await strike("append");
        return store.packs.append(pieces);
      },
    },
    staging: {
      ...store.staging,
      create: async (id) => {
        await strike("create");
        await store.staging.create(id);
      },
      open: async (id) => wrapFile(await store.staging.open(id)),
    },
  });
  return { wrap, next: (kind: Fault, error: Error) => void faults.set(kind, error) };
}

const full = (): Error => new CoreError("disk-full", { wantedBytes: 1 });
const flushFailed = (noSpace: boolean): Error =>
  new FlushFailed({ noSpace, cause: new Error(noSpace ? "ENOSPC" : "EIO") });

describe("a disk that fails", () => {
  let machine: Machine;
  let engine: Engine;
  let faulty: ReturnType<typeof createFaultyStore>;
  beforeEach(async () => {
    machine = await openMachine();
    faulty = createFaultyStore();
    engine = await openEngine(machine, {
      clock: createTestClock(),
      wrapBlobs: faulty.wrap,
      limits: { durability: "relaxed" },
    });
  });
  afterEach(async () => {
    await engine[Symbol.asyncDispose]();
    await machine[Symbol.asyncDispose]();
  });

  const create = async (durability: Durability = "strict"): Promise<string> => {
    const { upload } = await engine.createUpload({
      actor: systemActor,
      ownerId,
      dialect: "native",
      name: `${newId()}.bin`,
      size: content.length,
      partSize,
      durability,
    });
    return upload.id;
  };
  const send = (id: string, number: number, source = createSource(partOf(number))) =>
    outcomeOf(
      engine.receiveBytes({
        id,
        source,
        place: () => ({
          start: number * partSize,
          limit: content.length,
          unit: "byte",
          endsContent: () => false,
        }),
      }),
    );
  const partOf = (number: number): Buffer =>
    content.subarray(number * partSize, (number + 1) * partSize);
  const find = async (id: string): Promise<Upload> => (await machine.metadata.uploads.find(id))!;
  const expectCompletes = async (id: string): Promise<void> => {
    for (let number = 0; number < 4; number++) expect(await send(id, number)).toBe("ok");
    const { blobId } = await engine.completeUpload({ actor: systemActor, id });
    const bytes = await readBlob(engine, { blobId: blobId ?? "", size: content.length });
    expect(bytes.equals(content)).toBe(true);
  };

  it("refuses a creation for which there is no room, and reserves nothing", async () => {
    faulty.next("create", full());
    await expect(create()).rejects.toMatchObject({ code: "disk-full" });
    expect(engine.capacity.promisedBytes).toBe(0);
    const { items } = await machine.metadata.uploads.list({ ownerId, limit: 10 });
    expect(items).toEqual([]);
    await expectCompletes(await create());
  });

  it.each<Durability>(["strict", "balanced", "relaxed"])(
    "records nothing of a body that did not fit, and takes it when it fits (%s)",
    async (durability) => {
      const id = await create(durability);
      await send(id, 0);
      faulty.next("write", full());
      expect(await send(id, 1)).toBe("disk-full");
      expect(await find(id)).toMatchObject({ state: "receiving", offset: partSize });
      await expectCompletes(id);
    },
  );

  it.each([
    ["the disk is full", true],
    ["the disk is broken", false],
  ])(
    "keeps what was acknowledged of a strict upload when a flush fails, and takes the rest again: %s",
    async (_why, noSpace) => {
      const id = await create();
      await send(id, 0);
      faulty.next("sync", flushFailed(noSpace));
      const outcome = await send(id, 1).catch((error: unknown) => error);
      if (noSpace) expect(outcome).toBe("disk-full");
      else expect(outcome).toBeInstanceOf(FlushFailed);
      expect(await find(id)).toMatchObject({ state: "receiving", offset: partSize });
      await expectCompletes(id);
    },
  );

  it("keeps nothing of what came before a cut when its flush fails, and takes it again", async () => {
    const id = await create();
    const source = createSource(partOf(0).subarray(0, 500), {
      then: "stall",
      declaredLength: 1000,
    });
    const sending = send(id, 0, source).catch((error: unknown) => error);
    await source.drained;
    faulty.next("sync", flushFailed(true));
    source.goOn("cut");
    await sending;
    expect(await find(id)).toMatchObject({ state: "receiving", offset: 0 });
    await expectCompletes(id);
  });

  it("opens a completion again whose publication failed, and completes it then", async () => {
    const id = await create();
    for (let number = 0; number < 4; number++) await send(id, number);
    faulty.next("publish", full());
    await expect(engine.completeUpload({ actor: systemActor, id })).rejects.toMatchObject({
      code: "disk-full",
    });
    expect(await find(id)).toMatchObject({ state: "receiving", receivedBytes: content.length });
    faulty.next("publish", Object.assign(new Error("EMFILE"), { code: "EMFILE" }));
    await expect(engine.completeUpload({ actor: systemActor, id })).rejects.toThrow("EMFILE");
    await expectCompletes(id);
  });

  it("fails a balanced upload whose flush failed, for good: nobody knows what its file holds", async () => {
    const [id, other] = [await create("balanced"), await create("balanced")];
    for (let number = 0; number < 4; number++) await send(id, number);
    faulty.next("sync", flushFailed(false));
    await expect(engine.completeUpload({ actor: systemActor, id })).rejects.toBeInstanceOf(
      FlushFailed,
    );
    const failure = expect.any(String) as string;
    expect(await find(id)).toMatchObject({ state: "failed", failure, fileId: null });
    expect(await send(id, 1)).toBe("upload-failed");
    await expect(engine.completeUpload({ actor: systemActor, id })).rejects.toMatchObject({
      code: "upload-failed",
    });
    await engine.lifecycle.abort(id, systemActor);
    expect(await engine.blobs.staging.length(id)).toBeUndefined();
    await expectCompletes(other);
  });

  it("refuses small files that do not fit, each of them, and takes the next", async () => {
    const store = (name: string) =>
      outcomeOf(
        engine.storeSmallFile({
          actor: systemActor,
          ownerId,
          name,
          mediaType: null,
          bytes: Buffer.from(name),
          sha256: newId().replaceAll("-", "").padEnd(64, "0"),
          onConflict: "fail",
        }),
      );
    for (const fault of [full(), flushFailed(true)]) {
      faulty.next("append", fault);
      const outcomes = await Promise.all(["a", "b", "c"].map(store));
      expect(outcomes).toEqual(["disk-full", "disk-full", "disk-full"]);
    }
    expect(await Promise.all(["a", "b"].map(store))).toEqual(["ok", "ok"]);
    const { items } = await machine.metadata.files.list({ ownerId, limit: 10 });
    expect(items.map(({ name }) => name)).toEqual(["a", "b"]);
  });
});
