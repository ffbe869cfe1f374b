/** A staging file and a flush that fails, which no real disk does when it is asked to. */
import { describe, expect, it } from "vitest";
import { FlushFailed } from "../../core/blobs/blob-store.ts";
import { newId } from "../../core/ids.ts";
import { openFolder } from "../../core/testing/engine.ts";
import { contentOf } from "../../core/testing/sources.ts";
import { createSharedRun, createSyncFolder } from "./durable.ts";
import { createLayout } from "./layout.ts";
import { createStaging } from "./staging.ts";
import { createVolume } from "./volume.ts";

describe("a staging file whose flush failed", () => {
  const open = async () => {
    const folder = await openFolder();
    const syncFolder = createSyncFolder();
    const volume = createVolume({ direct: false, onPoison: () => undefined });
    const fault = { next: false };
    const failing = {
      ...volume,
      poisoned: null,
      flush: (fd: number) => {
        if (!fault.next) return volume.flush(fd);
        fault.next = false;
        return Promise.reject(new FlushFailed({ noSpace: true, cause: new Error("ENOSPC") }));
      },
    };
    const layout = await createLayout(folder.path, syncFolder);
    const staging = createStaging({ layout, volume: failing, syncFolder });
    const id = newId();
    await staging.create(id);
    return { staging, id, fault, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  };

  it("is flushed by nobody who had it open: what they wrote may be gone", async () => {
    await using opened = await open();
    const { staging, id, fault } = opened;
    await using first = await staging.open(id);
    await using second = await staging.open(id);
    await first.write(contentOf(1, 100), 0);
    await second.write(contentOf(2, 100), 100);
    fault.next = true;
    await expect(first.sync()).rejects.toBeInstanceOf(FlushFailed);
    await expect(second.sync()).rejects.toBeInstanceOf(FlushFailed);
    await expect(first.sync()).rejects.toBeInstanceOf(FlushFailed);
  });

  it("takes along whoever joined the next flush while it was failing", async () => {
    await using opened = await open();
    const { staging, id, fault } = opened;
    await using first = await staging.open(id);
    await using second = await staging.open(id);
    await second.write(contentOf(2, 100), 100);
    fault.next = true;
    const outcomes = await Promise.allSettled([first.sync(), second.sync()]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });

  it("is written and flushed again by who opens it afterwards", async () => {
    await using opened = await open();
    const { staging, id, fault } = opened;
    const first = await staging.open(id);
    fault.next = true;
    await expect(first.sync()).rejects.toBeInstanceOf(FlushFailed);
    await using again = await staging.open(id);
    await using another = await staging.open(id);
    await again.write(contentOf(1, 100), 0);
    await again.sync();
    await another.sync();
    await first[Symbol.asyncDispose]();
    await again.write(contentOf(2, 100), 100);
    await again.sync();
    const held = Buffer.alloc(200);
    expect(await another.read(held, 0)).toBe(200);
    expect(held).toEqual(Buffer.concat([contentOf(1, 100), contentOf(2, 100)]));
  });
});

describe("a volume", () => {
  const create = () => {
    const poison: Error[] = [];
    return { volume: createVolume({ direct: true, onPoison: (e) => poison.push(e) }), poison };
  };
  const failure = (code: string): Promise<never> =>
    Promise.reject(Object.assign(new Error(code), { code }));

  it.each(["EIO", "EBADF", "EROFS"])("is poisoned by a flush that fails with %s", async (code) => {
    const { volume, poison } = create();
    const guarded = volume.guard(failure(code)).catch((error: unknown) => error);
    expect(await guarded).toMatchObject({ name: "FlushFailed", noSpace: false });
    expect(poison).toHaveLength(1);
    expect(() => volume.assertWritable()).toThrow(
      expect.objectContaining({ code: "writes-stopped" }),
    );
    await volume.guard(failure(code)).catch(() => undefined);
    expect(poison).toHaveLength(1);
  });

  it.each(["ENOSPC", "EDQUOT"])("is only full by %s", async (code) => {
    const { volume, poison } = create();
    const guarded = volume.guard(failure(code)).catch((error: unknown) => error);
    expect(await guarded).toMatchObject({ name: "FlushFailed", noSpace: true });
    expect([volume.poisoned, poison]).toEqual([null, []]);
    volume.assertWritable();
  });

  it.each(["EMFILE", "ENFILE", "ENOENT"])(
    "is not harmed by %s: nothing was flushed",
    async (code) => {
      const { volume, poison } = create();
      await expect(volume.guard(failure(code))).rejects.toMatchObject({ code });
      expect([volume.poisoned, poison]).toEqual([null, []]);
    },
  );
});

describe("a shared flush", () => {
  it("runs once for all who come while another runs, and after it, not with it", async () => {
    const runs: PromiseWithResolvers<void>[] = [];
    const flush = createSharedRun(() => {
      runs.push(Promise.withResolvers());
      return runs.at(-1)!.promise;
    });
    const ended: string[] = [];
    const first = flush().then(() => ended.push("first"));
    const late = [flush(), flush(), flush()].map((run) => run.then(() => ended.push("late")));
    expect(runs).toHaveLength(1);
    runs[0]!.resolve();
    await first;
    await expect.poll(() => runs.length).toBe(2);
    expect(ended).toEqual(["first"]);
    const later = flush().then(() => ended.push("later"));
    runs[1]!.resolve();
    await Promise.all(late);
    await expect.poll(() => runs.length).toBe(3);
    runs[2]!.resolve();
    await later;
    expect(ended).toEqual(["first", "late", "late", "late", "later"]);
  });

  it("fails for those it ran for, and runs again for the next", async () => {
    let count = 0;
    const flush = createSharedRun(() =>
      ++count === 1 ? Promise.reject(new Error("EIO")) : Promise.resolve(),
    );
    const first = flush();
    const second = flush();
    await expect(first).rejects.toThrow("EIO");
    await second;
    await flush();
    expect(count).toBe(3);
  });
});
