import { closeSync, readdirSync, readlinkSync } from "node:fs";
import { link, readFile, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeBlobStore } from "../../core/blobs/blob-store.suite.ts";
import { FlushFailed } from "../../core/blobs/blob-store.ts";
import { newId } from "../../core/ids.ts";
import { openFolder } from "../../core/testing/engine.ts";
import { contentOf } from "../../core/testing/sources.ts";
import { openLocalStore } from "./local-store.ts";

for (const direct of [true, false]) {
  describeBlobStore(`a local folder, ${direct ? "with" : "without"} direct I/O,`, async () => {
    const folder = await openFolder();
    const open = () => openLocalStore({ root: folder.path, direct, onPoison: () => undefined });
    await using opened = new AsyncDisposableStack();
    opened.use(folder);
    const store = opened.use(await open());
    const stack = opened.move();
    return {
      store,
      reopen: async () => stack.use(await open()),
      close: () => stack.disposeAsync(),
    };
  });
}

/** Closes the descriptor behind the store's back: whatever is done with it fails then. */
function breakDescriptor(path: string): void {
  for (const fd of readdirSync("/proc/self/fd")) {
    try {
      if (readlinkSync(`/proc/self/fd/${fd}`) === path) closeSync(Number(fd));
    } catch {
      // The descriptor that lists them is gone by now.
    }
  }
}

describe("a local store", () => {
  const open = async (options: { maxPackBytes?: number } = {}) => {
    const folder = await openFolder();
    const poison: Error[] = [];
    const store = await openLocalStore({
      root: folder.path,
      onPoison: (error) => poison.push(error),
      ...options,
    });
    return { folder, store, poison, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  };

  it("publishes by a link: the bytes are on disk once", async () => {
    await using opened = await open();
    const { store, folder } = opened;
    const [id, name] = [newId(), newId()];
    await store.staging.create(id);
    await store.publish({ stagingId: id, name });
    const [staged, blob] = await Promise.all([
      stat(join(folder.path, "staging", id)),
      stat(join(folder.path, "blobs", name.slice(-2), name)),
    ]);
    expect(blob.ino).toBe(staged.ino);
    expect(blob.nlink).toBe(2);
  });

  it("accepts no write any more after a flush that failed, and says so once", async () => {
    await using opened = await open();
    const { store, folder, poison } = opened;
    const [id, other, name] = [newId(), newId(), newId()];
    await store.staging.create(id);
    await store.staging.create(other);
    const { stored: pack } = await store.packs.append([contentOf(3, 10)]);
    const file = await store.staging.open(id);
    const whole = await store.staging.open(other);
    await whole.write(contentOf(1, 10), 0);
    breakDescriptor(join(folder.path, "staging", id));
    const flushed = await file.sync().catch((error: unknown) => error);
    expect(flushed).toBeInstanceOf(FlushFailed);
    expect(flushed).toMatchObject({ noSpace: false, cause: { code: "EBADF" } });

    expect(store.poisoned).toMatch(/a flush failed/);
    expect(poison).toHaveLength(1);
    const stopped = { code: "writes-stopped" };
    await expect(whole.write(contentOf(1, 10), 0)).rejects.toMatchObject(stopped);
    await expect(whole.sync()).rejects.toMatchObject(stopped);
    await expect(store.staging.create(newId())).rejects.toMatchObject(stopped);
    await expect(store.publish({ stagingId: other, name })).rejects.toMatchObject(stopped);
    await expect(store.packs.append([contentOf(1, 1)])).rejects.toMatchObject(stopped);
    await expect(store.write({ name, source: (async function* () {})() })).rejects.toMatchObject(
      stopped,
    );

    const held = Buffer.alloc(10);
    await using reader = await store.open({ stored: pack, kind: "pack" });
    await reader.read(held, 0);
    expect(held).toEqual(contentOf(3, 10));
    await whole[Symbol.asyncDispose]();
  });

  it("begins another pack after one whose flush failed", async () => {
    await using opened = await open();
    const { store, folder } = opened;
    const first = await store.packs.append([contentOf(1, 10)]);
    breakDescriptor(join(folder.path, "packs", first.stored));
    await expect(store.packs.append([contentOf(2, 10)])).rejects.toThrow();
    expect(await readFile(join(folder.path, "packs", first.stored))).toEqual(contentOf(1, 10));
  });

  it("begins another pack when one is full", async () => {
    await using opened = await open({ maxPackBytes: 100 });
    const { store } = opened;
    const appended = [];
    for (let i = 0; i < 4; i++) appended.push(await store.packs.append([contentOf(i, 50)]));
    const names = appended.map(({ stored }) => stored);
    expect(new Set(names)).toEqual(new Set([names[0], names[2]]));
    expect(appended.map(({ length }) => length)).toEqual([50, 100, 50, 100]);
    expect((await store.packs.append([contentOf(9, 500)])).length).toBe(500);
  });

  it("refuses to quarantine over what is there already", async () => {
    await using opened = await open();
    const { store, folder } = opened;
    const { stored } = await store.packs.append([contentOf(1, 10)]);
    const aside = join(folder.path, "quarantine", stored);
    await link(join(folder.path, "packs", stored), aside);
    await store.quarantine({ stored, kind: "pack" }).catch(() => undefined);
    expect(await readFile(aside)).toEqual(contentOf(1, 10));
    await unlink(aside);
  });
});
