/** What every adapter of `BlobStore` must do. */
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../ids.ts";
import { contentOf } from "../testing/sources.ts";
import { MissingBytes, type BlobStore, type ByteReader } from "./blob-store.ts";
import { createSlabPool, slabAlignment, slabBytes } from "./slab-pool.ts";

export interface OpenedStore {
  readonly store: BlobStore;
  /** The same store as a new process finds it. */
  reopen(): Promise<BlobStore>;
  close(): Promise<void>;
}

async function readAll(reader: ByteReader): Promise<Buffer> {
  const bytes = Buffer.alloc(reader.length);
  expect(await reader.read(bytes, 0)).toBe(reader.length);
  return bytes;
}

const pool = createSlabPool({ slabs: 4 });

/** The memory of a body, and where in it the body stands modulo the alignment of direct I/O. */
type Memory = "aligned alike" | "aligned otherwise" | "ordinary";

async function withMemory(
  { bytes, position, memory }: { bytes: Uint8Array; position: number; memory: Memory },
  use: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  if (memory === "ordinary") return use(Uint8Array.from(bytes));
  const slab = pool.tryAcquire()!;
  const skew = memory === "aligned alike" ? 0 : 1;
  const start = (position + skew) % slabAlignment;
  slab.bytes.set(bytes, start);
  await use(slab.bytes.subarray(start, start + bytes.length));
  slab.bytes.fill(0xdb);
  slab.release();
}

export function describeBlobStore(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} as a blob store`, () => {
    let opened: OpenedStore;
    let store: BlobStore;
    beforeAll(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(async () => {
      for (const { id } of await staged()) await store.staging.remove(id);
      for (const file of await listed()) await store.remove(file);
    });
    afterAll(() => opened.close());

    const stage = async (bytes: Uint8Array): Promise<string> => {
      const id = newId();
      await store.staging.create(id);
      await using file = await store.staging.open(id);
      await file.write(bytes, 0);
      await file.sync();
      return id;
    };
    const publish = async (bytes: Uint8Array): Promise<string> => {
      const name = newId();
      await store.publish({ stagingId: await stage(bytes), name });
      return name;
    };
    const contentOfStored = async (stored: string, kind: "blob" | "pack" = "blob") => {
      await using reader = await store.open({ stored, kind });
      return await readAll(reader);
    };
    const listed = async (from = store) => {
      const found: { stored: string; kind: "blob" | "pack"; length: number }[] = [];
      for await (const { stored, kind, length } of from.list())
        found.push({ stored, kind, length });
      return found;
    };
    const staged = async () => {
      const found: { id: string; length: number }[] = [];
      for await (const { id, length } of store.staging.list()) found.push({ id, length });
      return found;
    };

    describe("staging", () => {
      it("begins empty, is listed, and is gone when removed", async () => {
        const id = newId();
        await store.staging.create(id);
        expect(await staged()).toEqual([{ id, length: 0 }]);
        expect(await store.staging.length(id)).toBe(0);
        await store.staging.remove(id);
        await store.staging.remove(id);
        expect(await staged()).toEqual([]);
        expect(await store.staging.length(id)).toBeUndefined();
      });

      it("is never begun twice under one id", async () => {
        const id = await stage(contentOf(1, 10));
        await expect(store.staging.create(id)).rejects.toThrow();
        expect(await store.staging.length(id)).toBe(10);
      });

      it("says so when there is none", async () => {
        await expect(store.staging.open(newId())).rejects.toBeInstanceOf(MissingBytes);
      });

      it("is shared by all who have it open, until the last gives it back", async () => {
        const id = newId();
        await store.staging.create(id);
        const files = await Promise.all([1, 2, 3].map(() => store.staging.open(id)));
        const [first, second, third] = files as [
          (typeof files)[0],
          (typeof files)[0],
          (typeof files)[0],
        ];
        await Promise.all(files.map((file, i) => file.write(contentOf(i, 1_000), i * 1_000)));
        await first[Symbol.asyncDispose]();
        await second.write(contentOf(9, 10), 3_000);
        await Promise.all([second.sync(), third.sync(), second.sync()]);
        await second[Symbol.asyncDispose]();
        const held = Buffer.alloc(4_000);
        expect(await third.read(held, 0)).toBe(3_010);
        await third[Symbol.asyncDispose]();
        expect(held.subarray(0, 3_010)).toEqual(
          Buffer.concat([0, 1, 2].map((i) => contentOf(i, 1_000)).concat(contentOf(9, 10))),
        );
      });

      it("can be opened again while the last who had it gives it back", async () => {
        const id = await stage(contentOf(1, 100));
        const first = await store.staging.open(id);
        const [, second] = await Promise.all([
          first[Symbol.asyncDispose](),
          store.staging.open(id),
        ]);
        const held = Buffer.alloc(100);
        expect(await second.read(held, 0)).toBe(100);
        await second[Symbol.asyncDispose]();
        expect(held).toEqual(contentOf(1, 100));
      });

      it("is sparse: what nobody wrote reads as zeros, and past the end there is nothing", async () => {
        const id = newId();
        await store.staging.create(id);
        await using file = await store.staging.open(id);
        await file.write(contentOf(1, 10), 100_000);
        const bytes = Buffer.alloc(20, 1);
        expect(await file.read(bytes, 50_000)).toBe(20);
        expect(bytes).toEqual(Buffer.alloc(20));
        expect(await file.read(bytes, 100_005)).toBe(5);
        expect(await file.read(bytes, 200_000)).toBe(0);
      });

      it("cuts off what lies past a length, and never adds to it", async () => {
        const id = await stage(contentOf(1, 1_000));
        {
          await using file = await store.staging.open(id);
          await file.trim(2_000);
          expect(await store.staging.length(id)).toBe(1_000);
          await file.trim(600);
        }
        await using file = await store.staging.open(id);
        expect(await readAll(file)).toEqual(contentOf(1, 600));
      });

      it("holds what was written, wherever and from whatever memory", async () => {
        const around = (center: number) =>
          fc.integer({ min: Math.max(0, center - 5_000), max: center + 5_000 });
        const position = fc.oneof(around(0), around(slabBytes), fc.nat(3 * slabBytes));
        const length = fc.oneof(
          fc.nat(10),
          around(256 * 1024),
          fc.nat(slabBytes - 2 * slabAlignment),
        );
        const memory = fc.constantFrom<Memory>("aligned alike", "aligned otherwise", "ordinary");
        const writes = fc.array(fc.record({ position, length, memory }), { maxLength: 6 });
        const property = fc.asyncProperty(writes, async (planned) => {
          const id = newId();
          await store.staging.create(id);
          const expected = Buffer.alloc(5 * slabBytes);
          let end = 0;
          {
            await using file = await store.staging.open(id);
            for (const [i, { position, length, memory }] of planned.entries()) {
              const bytes = contentOf(i, length);
              await withMemory({ bytes, position, memory }, (held) => file.write(held, position));
              bytes.copy(expected, position);
              if (length > 0) end = Math.max(end, position + length);
            }
            await file.sync();
          }
          await using file = await store.staging.open(id);
          const held = await readAll(file);
          expect(held.length).toBe(end);
          expect(held.equals(expected.subarray(0, end))).toBe(true);
          await store.staging.remove(id);
        });
        await fc.assert(property, { seed: 7, numRuns: 40, interruptAfterTimeLimit: 5_000 });
      });

      it("keeps apart what is written side by side at once", async () => {
        const id = newId();
        await store.staging.create(id);
        const length = 300_001;
        {
          await using file = await store.staging.open(id);
          await Promise.all(
            [0, 1, 2, 3].map((i) =>
              withMemory(
                { bytes: contentOf(i, length), position: i * length, memory: "aligned alike" },
                (held) => file.write(held, i * length),
              ),
            ),
          );
        }
        await using file = await store.staging.open(id);
        const expected = Buffer.concat([0, 1, 2, 3].map((i) => contentOf(i, length)));
        expect((await readAll(file)).equals(expected)).toBe(true);
      });
    });

    describe("publishing", () => {
      it("makes the bytes readable under the name, and needs the staging name no more", async () => {
        const bytes = contentOf(1, 100_000);
        const id = await stage(bytes);
        const name = newId();
        await store.publish({ stagingId: id, name });
        expect(await store.staging.length(id)).toBe(bytes.length);
        await store.staging.remove(id);
        expect(await contentOfStored(name)).toEqual(bytes);
        expect(await listed()).toEqual([{ stored: name, kind: "blob", length: bytes.length }]);
      });

      it("never takes a name that is taken", async () => {
        const name = await publish(contentOf(1, 100));
        const other = await stage(contentOf(2, 100));
        await expect(store.publish({ stagingId: other, name })).rejects.toThrow();
        expect(await contentOfStored(name)).toEqual(contentOf(1, 100));
        expect(await store.staging.length(other)).toBe(100);
      });

      it("publishes an empty file", async () => {
        expect(await contentOfStored(await publish(new Uint8Array(0)))).toEqual(Buffer.alloc(0));
      });

      it("fails where there is nothing to publish, and leaves no name", async () => {
        await expect(store.publish({ stagingId: newId(), name: newId() })).rejects.toThrow();
        expect(await listed()).toEqual([]);
      });

      it("writes a whole file from a stream", async () => {
        const name = newId();
        const pieces = [contentOf(1, 10), contentOf(2, 70_000), new Uint8Array(0)];
        await store.write({ name, source: streamOf(pieces) });
        expect(await contentOfStored(name)).toEqual(Buffer.concat(pieces));
        expect(await staged()).toEqual([]);
      });

      it("leaves nothing of a stream that breaks", async () => {
        const broken = streamOf([contentOf(1, 10)], new Error("the source broke"));
        await expect(store.write({ name: newId(), source: broken })).rejects.toThrow(
          "the source broke",
        );
        expect(await listed()).toEqual([]);
        expect(await staged()).toEqual([]);
      });

      it("never overwrites by a stream either", async () => {
        const name = await publish(contentOf(1, 100));
        const source = streamOf([contentOf(2, 100)]);
        await expect(store.write({ name, source })).rejects.toThrow();
        expect(await contentOfStored(name)).toEqual(contentOf(1, 100));
      });
    });

    describe("stored files", () => {
      it("are read from anywhere, and less only at their end", async () => {
        const bytes = contentOf(1, 10_000);
        await using reader = await store.open({ stored: await publish(bytes), kind: "blob" });
        expect(reader.length).toBe(10_000);
        const target = Buffer.alloc(4_000);
        expect(await reader.read(target, 3_000)).toBe(4_000);
        expect(target).toEqual(bytes.subarray(3_000, 7_000));
        expect(await reader.read(target, 9_000)).toBe(1_000);
        expect(target.subarray(0, 1_000)).toEqual(bytes.subarray(9_000));
        expect(await reader.read(target, 20_000)).toBe(0);
        const targets = Array.from({ length: 3_000 }, (_, i) => Buffer.alloc(i % 3));
        expect(await reader.readInto(targets, 1_000)).toBe(3_000);
        expect(Buffer.concat(targets)).toEqual(bytes.subarray(1_000, 4_000));
        expect(await reader.readInto(targets, 8_000)).toBe(2_000);
        expect(Buffer.concat(targets).subarray(0, 2_000)).toEqual(bytes.subarray(8_000));
      });

      it("go on being read by whoever opened them before they were removed", async () => {
        const bytes = contentOf(1, 10_000);
        const stored = await publish(bytes);
        await using reader = await store.open({ stored, kind: "blob" });
        await store.remove({ stored, kind: "blob" });
        expect(await readAll(reader)).toEqual(bytes);
      });

      it.each(["blob", "pack"] as const)("say so when a %s is not there", async (kind) => {
        await expect(store.open({ stored: newId(), kind })).rejects.toBeInstanceOf(MissingBytes);
        await store.remove({ stored: newId(), kind });
      });

      it("are gone when removed, and only they", async () => {
        const [one, other] = [await publish(contentOf(1, 10)), await publish(contentOf(2, 10))];
        await store.remove({ stored: one, kind: "blob" });
        await expect(store.open({ stored: one, kind: "blob" })).rejects.toBeInstanceOf(
          MissingBytes,
        );
        expect(await contentOfStored(other)).toEqual(contentOf(2, 10));
      });

      it("are out of the way when quarantined", async () => {
        const blob = await publish(contentOf(1, 10));
        const { stored: pack } = await store.packs.append([contentOf(2, 10)]);
        await store.quarantine({ stored: blob, kind: "blob" });
        await store.quarantine({ stored: pack, kind: "pack" });
        expect(await listed()).toEqual([]);
      });

      it("are all there for a new process", async () => {
        const blob = await publish(contentOf(1, 10));
        const { stored: pack } = await store.packs.append([contentOf(2, 20)]);
        const found = await listed(await opened.reopen());
        expect(found.toSorted((a, b) => a.length - b.length)).toEqual([
          { stored: blob, kind: "blob", length: 10 },
          { stored: pack, kind: "pack", length: 20 },
        ]);
      });
    });

    describe("packs", () => {
      it("hold each piece where they say", async () => {
        const pieces = [contentOf(1, 10), contentOf(2, 0), contentOf(3, 5_000)];
        const first = await store.packs.append(pieces);
        const second = await store.packs.append([contentOf(4, 7)]);
        expect(second.stored).toBe(first.stored);
        expect(second.length).toBe(5_017);
        const pack = await contentOfStored(first.stored, "pack");
        expect(pack.length).toBe(5_017);
        const held = [...pieces, contentOf(4, 7)].map((piece, i) => {
          const offset = [...first.offsets, ...second.offsets][i]!;
          return pack.subarray(offset, offset + piece.length);
        });
        expect(held).toEqual([...pieces, contentOf(4, 7)]);
      });

      it("take what comes at once one after another", async () => {
        const appended = await Promise.all(
          Array.from({ length: 20 }, (_, i) => store.packs.append([contentOf(i, 100 + i)])),
        );
        for (const [i, { stored, offsets }] of appended.entries()) {
          const pack = await contentOfStored(stored, "pack");
          const [offset = -1] = offsets;
          expect(pack.subarray(offset, offset + 100 + i)).toEqual(contentOf(i, 100 + i));
        }
      });

      it("are not appended to once they are removed or retired", async () => {
        const first = await store.packs.append([contentOf(1, 10)]);
        await store.packs.retire(first.stored);
        const second = await store.packs.append([contentOf(2, 10)]);
        await store.packs.retire(newId());
        const third = await store.packs.append([contentOf(3, 10)]);
        await store.remove({ stored: third.stored, kind: "pack" });
        const fourth = await store.packs.append([contentOf(4, 10)]);
        expect(second.stored).not.toBe(first.stored);
        expect(third.stored).toBe(second.stored);
        expect(fourth.stored).not.toBe(third.stored);
        expect(await contentOfStored(fourth.stored, "pack")).toEqual(contentOf(4, 10));
      });

      it("of an earlier process stay as they are", async () => {
        const before = await store.packs.append([contentOf(1, 10)]);
        const again = await opened.reopen();
        const after = await again.packs.append([contentOf(2, 10)]);
        expect(after.stored).not.toBe(before.stored);
        expect(await contentOfStored(before.stored, "pack")).toEqual(contentOf(1, 10));
      });
    });

    it("knows its room, and keeps at most a twentieth of the volume in reserve", async () => {
      const free = await store.freeBytes();
      expect(free).toBeGreaterThan(0);
      expect(await store.reserveBytes(1)).toBe(1);
      const reserve = await store.reserveBytes(Number.MAX_SAFE_INTEGER);
      expect(reserve).toBeLessThan(Number.MAX_SAFE_INTEGER);
      expect(reserve).toBeGreaterThan(0);
      expect(store.poisoned).toBeNull();
    });
  });
}

async function* streamOf(pieces: readonly Uint8Array[], error?: Error): AsyncGenerator<Uint8Array> {
  yield* pieces;
  if (error) throw error;
}
