import { beforeEach, describe, expect, it } from "vitest";
import type { Chunk } from "../../core/uploads/byte-source.ts";
import { createChunkQueue, type ChunkQueue } from "./chunk-queue.ts";

describe("a chunk queue", () => {
  let released: string[];
  let shifts: number;
  let queue: ChunkQueue;
  beforeEach(() => {
    [released, shifts] = [[], 0];
    queue = createChunkQueue({ onShift: () => shifts++ });
  });
  const chunk = (name: string): Chunk => ({
    bytes: Buffer.from(name),
    release: () => released.push(name),
  });
  const nameOf = async (shifted: Promise<Chunk | undefined>): Promise<string | undefined> => {
    const bytes = (await shifted)?.bytes;
    return bytes && Buffer.from(bytes).toString();
  };

  it("gives what was pushed, in order, and then the end", async () => {
    queue.push(chunk("one"));
    queue.push(chunk("three"));
    expect(queue.queuedBytes).toBe(8);
    queue.end();
    expect(await nameOf(queue.shift())).toBe("one");
    expect(queue.queuedBytes).toBe(5);
    expect(await nameOf(queue.shift())).toBe("three");
    expect(await queue.shift()).toBeUndefined();
    expect(await queue.shift()).toBeUndefined();
    expect(released).toEqual([]);
  });

  it("gives a chunk to whoever waits for it, and asks for it before", async () => {
    const waiting = nameOf(queue.shift());
    expect(shifts).toBe(1);
    queue.push(chunk("one"));
    expect(await waiting).toBe("one");
    expect(queue.queuedBytes).toBe(0);
  });

  it("tells of a failure after what came before it", async () => {
    queue.push(chunk("one"));
    queue.fail(new Error("cut"));
    queue.end();
    expect(await nameOf(queue.shift())).toBe("one");
    await expect(queue.shift()).rejects.toThrow("cut");
  });

  it.each(["end", "fail", "dispose"] as const)("tells who waits of %s", async (how) => {
    const waiting = queue.shift();
    if (how === "fail") queue.fail(new Error("cut"));
    else queue[how]();
    if (how === "fail") await expect(waiting).rejects.toThrow("cut");
    else expect(await waiting).toBeUndefined();
    expect(queue.closed).toBe(true);
  });

  it("gives back what nobody took, and what comes too late", async () => {
    queue.push(chunk("one"));
    queue.push(chunk("two"));
    queue.dispose();
    queue.push(chunk("late"));
    expect(released).toEqual(["one", "two", "late"]);
    expect(queue.queuedBytes).toBe(0);
    expect(await queue.shift()).toBeUndefined();
  });
});
