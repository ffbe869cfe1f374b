/** What every adapter of `ContentHasher` must do. */
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openFolder } from "../testing/engine.ts";
import { contentOf } from "../testing/sources.ts";
import type { ContentHasher, HashStream } from "./content-hasher.ts";
import type { DigestAlgorithm, Digests } from "./digest.ts";

const digestAlgorithms: DigestAlgorithm[] = ["sha256", "sha1", "md5"];

function plainDigests(bytes: Uint8Array, algorithms = digestAlgorithms): Digests {
  return Object.fromEntries(
    algorithms.map((name) => [name, createHash(name).update(bytes).digest("hex")]),
  );
}

function share(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}

export function describeContentHasher(
  name: string,
  open: () => ContentHasher & AsyncDisposable,
): void {
  describe(`${name} as a content hasher`, () => {
    let hasher: ReturnType<typeof open>;
    let folder: Awaited<ReturnType<typeof openFolder>>;
    beforeAll(async () => {
      hasher = open();
      folder = await openFolder();
    });
    afterAll(async () => {
      await hasher[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    });

    const withStream = async (path: string | null, use: (stream: HashStream) => Promise<void>) => {
      const stream = hasher.open({ algorithms: digestAlgorithms, path });
      try {
        await use(stream);
      } finally {
        stream.close();
      }
    };
    const fileOf = async (bytes: Uint8Array): Promise<string> => {
      const path = join(folder.path, crypto.randomUUID());
      await writeFile(path, bytes);
      return path;
    };

    it("knows the digests of nothing, in every algorithm", () =>
      withStream(null, async (stream) => {
        expect(await stream.digest()).toEqual(plainDigests(new Uint8Array(0)));
      }));

    it("computes only what was asked for", async () => {
      const stream = hasher.open({ algorithms: ["md5"], path: null });
      await stream.append(contentOf(1, 100));
      expect(await stream.digest()).toEqual(plainDigests(contentOf(1, 100), ["md5"]));
      stream.close();
    });

    it("takes memory of both kinds in the order of the calls, awaited or not", () =>
      withStream(null, async (stream) => {
        const pieces = [contentOf(1, 10), contentOf(2, 100_000), contentOf(3, 0), contentOf(4, 5)];
        const appended = pieces.map((piece, i) => stream.append(i % 2 ? share(piece) : piece));
        expect(await stream.digest()).toEqual(plainDigests(Buffer.concat(pieces)));
        await Promise.all(appended);
      }));

    it("has no more use for memory once its append has resolved", () =>
      withStream(null, async (stream) => {
        const memory = share(contentOf(1, 500_000));
        await stream.append(memory);
        memory.fill(0);
        expect(await stream.digest()).toEqual(plainDigests(contentOf(1, 500_000)));
      }));

    it("goes on after a digest", () =>
      withStream(null, async (stream) => {
        await stream.append(contentOf(1, 10));
        expect(await stream.digest()).toEqual(plainDigests(contentOf(1, 10)));
        expect(await stream.digest()).toEqual(plainDigests(contentOf(1, 10)));
        await stream.append(contentOf(2, 10));
        const both = Buffer.concat([contentOf(1, 10), contentOf(2, 10)]);
        expect(await stream.digest()).toEqual(plainDigests(both));
      }));

    it("reads any stretch of its file", async () => {
      const bytes = contentOf(1, 3 * 1024 * 1024 + 17);
      const path = await fileOf(bytes);
      const edges = fc.oneof(
        fc.constantFrom(0, 1, 4095, 4096, 4097, 1024 * 1024, bytes.length - 1, bytes.length),
        fc.nat(bytes.length),
      );
      const property = fc.asyncProperty(edges, edges, (one, other) =>
        withStream(path, async (stream) => {
          const [start, end] = [Math.min(one, other), Math.max(one, other)];
          await stream.append(Buffer.from("before"));
          await stream.appendFromFile({ start, end });
          await stream.append(Buffer.from("after"));
          const expected = ["before", bytes.subarray(start, end), "after"].map((part) =>
            Buffer.from(part),
          );
          expect(await stream.digest()).toEqual(plainDigests(Buffer.concat(expected)));
        }),
      );
      await fc.assert(property, { seed: 7, numRuns: 25, interruptAfterTimeLimit: 5_000 });
    });

    it("goes back to the mark, and to the start where there is none", () =>
      withStream(null, async (stream) => {
        await stream.append(contentOf(9, 10));
        stream.rewind();
        void stream.append(contentOf(1, 10));
        stream.mark();
        for (let i = 0; i < 3; i++) {
          void stream.append(contentOf(5 + i, 10));
          stream.rewind();
        }
        void stream.append(contentOf(2, 10));
        const kept = Buffer.concat([contentOf(1, 10), contentOf(2, 10)]);
        expect(await stream.digest()).toEqual(plainDigests(kept));
      }));

    it("tells of a file that is not there or ends too soon, and other streams go on", async () => {
      const path = await fileOf(contentOf(1, 10_000));
      await withStream(join(folder.path, "nothing"), async (missing) => {
        await expect(missing.appendFromFile({ start: 0, end: 1 })).rejects.toThrow(/ENOENT/);
      });
      await withStream(path, async (short) => {
        await expect(short.appendFromFile({ start: 5_000, end: 10_001 })).rejects.toThrow();
        await expect(short.appendFromFile({ start: 20_000, end: 20_001 })).rejects.toThrow();
      });
      await withStream(null, async (none) => {
        await expect(none.appendFromFile({ start: 0, end: 1 })).rejects.toThrow();
      });
      await withStream(path, async (sound) => {
        await sound.appendFromFile({ start: 0, end: 10_000 });
        expect(await sound.digest()).toEqual(plainDigests(contentOf(1, 10_000)));
      });
    });

    it("keeps many streams apart", async () => {
      const path = await fileOf(contentOf(99, 200_000));
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          withStream(path, async (stream) => {
            for (let piece = 0; piece < 5; piece++) void stream.append(contentOf(i, 1_000));
            void stream.appendFromFile({ start: i, end: 200_000 - i });
            const own = Array.from({ length: 5 }, () => contentOf(i, 1_000));
            const read = contentOf(99, 200_000).subarray(i, 200_000 - i);
            expect(await stream.digest()).toEqual(plainDigests(Buffer.concat([...own, read])));
          }),
        ),
      );
    });

    it("computes one digest for many at once, of lengths that have nothing in common", async () => {
      await Promise.all(
        Array.from({ length: 11 }, async (_, i) => {
          const stream = hasher.open({ algorithms: ["md5"], path: null });
          const pieces = [contentOf(i, i * 40_961), contentOf(i + 50, 1_000_000 - i * 77_777)];
          await Promise.all(pieces.map((piece) => stream.append(share(piece))));
          expect(await stream.digest()).toEqual(plainDigests(Buffer.concat(pieces), ["md5"]));
          stream.close();
        }),
      );
    });

    it("is closed more than once without harm", async () => {
      const stream = hasher.open({ algorithms: ["sha256"], path: null });
      await stream.append(contentOf(1, 10));
      stream.close();
      stream.close();
      await withStream(null, async (other) => {
        expect(await other.digest()).toEqual(plainDigests(new Uint8Array(0)));
      });
    });
  });
}
