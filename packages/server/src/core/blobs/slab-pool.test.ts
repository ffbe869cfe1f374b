import { describe, expect, it } from "vitest";
import { createSlabPool, slabBytes } from "./slab-pool.ts";

describe("a slab pool", () => {
  it("lends each slab to one at a time, all of it shared, apart from the others", () => {
    const pool = createSlabPool({ slabs: 3 });
    const slabs = [pool.tryAcquire(), pool.tryAcquire(), pool.tryAcquire()];
    expect(pool.tryAcquire()).toBeUndefined();
    const starts = slabs.map((slab) => {
      expect(slab?.bytes.length).toBe(slabBytes);
      expect(slab?.bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
      return slab!.bytes.byteOffset;
    });
    expect(starts.every((start) => start % slabBytes === 0)).toBe(true);
    expect(new Set(starts).size).toBe(3);
  });

  it("serves who waits in order, at once when one is given back", async () => {
    const pool = createSlabPool({ slabs: 1 });
    const { signal } = new AbortController();
    const first = await pool.acquire(signal);
    const served: string[] = [];
    const waiting = ["second", "third"].map((name) =>
      pool.acquire(signal).then((slab) => {
        served.push(name);
        return slab;
      }),
    );
    first!.release();
    const second = await waiting[0];
    expect(pool.tryAcquire()).toBeUndefined();
    expect(served).toEqual(["second"]);
    second!.release();
    await waiting[1];
    expect(served).toEqual(["second", "third"]);
  });

  it("forgets who gave up waiting", async () => {
    const pool = createSlabPool({ slabs: 1 });
    const held = pool.tryAcquire()!;
    const [gone, patient] = [new AbortController(), new AbortController()];
    const first = pool.acquire(gone.signal);
    const second = pool.acquire(patient.signal);
    gone.abort();
    expect(await first).toBeUndefined();
    held.release();
    (await second)!.release();
    expect(await pool.acquire(AbortSignal.abort())).toBeUndefined();
    expect(pool.tryAcquire()).toBeDefined();
  });

  it("does not let a slab be given back twice: another may have it by then", () => {
    const slab = createSlabPool({ slabs: 1 }).tryAcquire()!;
    slab.release();
    expect(() => slab.release()).toThrow("released twice");
  });
});
