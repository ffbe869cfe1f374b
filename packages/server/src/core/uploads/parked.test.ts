import { describe, expect, it } from "vitest";
import { createMemoryBudget } from "../blobs/memory-budget.ts";
import { createParked, patienceMs } from "./parked.ts";

const bytes = (length: number) => new Uint8Array(length);

/** A hash that is done at once, and what it was given. */
function createHashed() {
  const lengths: number[] = [];
  return {
    lengths,
    async hash(piece: Uint8Array) {
      lengths.push(piece.length);
    },
  };
}

describe("bytes that came before their turn", () => {
  it("are hashed in order when it comes, run after run", async () => {
    const parked = createParked(createMemoryBudget(100));
    const kept = [
      parked.keep({ bytes: bytes(7), position: 30, start: 30 }),
      parked.keep({ bytes: bytes(5), position: 10, start: 10 }),
      parked.keep({ bytes: bytes(15), position: 15, start: 10 }),
    ];
    const { hash, lengths } = createHashed();
    expect(parked.follow(9, hash)).toBe(9);
    expect(parked.follow(10, hash)).toBe(37);
    for (const one of kept) await one;
    expect(lengths).toEqual([5, 15, 7]);
    expect(parked.follow(37, hash)).toBe(37);
  });

  it("are kept only from a body's first byte on, without a gap", () => {
    const parked = createParked(createMemoryBudget(100));
    expect(parked.keep({ bytes: bytes(5), position: 11, start: 10 })).toBeUndefined();
    expect(parked.keep({ bytes: bytes(5), position: 10, start: 10 })).toBeDefined();
    expect(parked.canKeep({ position: 16, start: 10 })).toBe(false);
    expect(parked.canKeep({ position: 15, start: 10 })).toBe(true);
    expect(parked.keep({ bytes: bytes(5), position: 10, start: 10 })).toBeUndefined();
    parked.giveUp();
    expect(parked.canKeep({ position: 15, start: 10 })).toBe(false);
  });

  it("are no more than all uploads together may have, and what is given up is there for others", async () => {
    const memory = createMemoryBudget(10);
    const [one, other] = [createParked(memory), createParked(memory)];
    const kept = one.keep({ bytes: bytes(8), position: 10, start: 10 });
    expect(other.keep({ bytes: bytes(3), position: 10, start: 10 })).toBeUndefined();
    one.giveUp();
    await kept;
    const next = other.keep({ bytes: bytes(10), position: 10, start: 10 });
    expect(one.canKeep({ position: 50, start: 50 })).toBe(false);
    other.follow(10, createHashed().hash);
    await next;
    expect(memory.take(10)).toBe(true);
  });

  it("are given up when the hash stands still, so that nobody is held up", async () => {
    const parked = createParked(createMemoryBudget(100));
    const began = performance.now();
    await parked.keep({ bytes: bytes(5), position: 10, start: 10 });
    expect(performance.now() - began).toBeGreaterThan(patienceMs - 2);
    const { hash, lengths } = createHashed();
    parked.follow(10, hash);
    expect(lengths).toEqual([]);
  });

  it("are given up when the hash went past them by another way", async () => {
    const parked = createParked(createMemoryBudget(100));
    const kept = parked.keep({ bytes: bytes(5), position: 10, start: 10 });
    const { hash, lengths } = createHashed();
    expect(parked.follow(12, hash)).toBe(12);
    await kept;
    expect(lengths).toEqual([]);
  });

  it("fail their writer when the hash fails", async () => {
    const parked = createParked(createMemoryBudget(100));
    const kept = parked.keep({ bytes: bytes(5), position: 10, start: 10 });
    parked.follow(10, () => Promise.reject(new Error("the thread died")));
    await expect(kept).rejects.toThrow("the thread died");
  });
});
