import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMemoryBudget } from "../blobs/memory-budget.ts";
import { createThreadedHasher } from "../../hashing/threaded-hasher.ts";
import { openFolder } from "../testing/engine.ts";
import { addRange } from "../testing/model.ts";
import { contentOf } from "../testing/sources.ts";
import { openFrontier, type Frontier } from "./frontier.ts";
import { contiguousEnd, missingWithin, planStretches } from "./ranges.ts";
import type { Range } from "./upload.ts";

const length = 200_000;
const startBytes = 40_000;
/** So little that some of what comes before its turn finds no room. */
const parkedBytes = 60_000;
const content = contentOf(1, length);
const expected = createHash("sha256").update(content).digest("hex");

/** A body as its writer brings it: what is missing is written, all of it offered to the hash, and then recorded or not. */
interface Body {
  readonly start: number;
  readonly length: number;
  readonly pieces: number;
  readonly isRecorded: boolean;
  /** Its hash waits for another body's. */
  readonly joins: boolean;
}

const body: fc.Arbitrary<Body> = fc.record({
  start: fc.oneof(fc.constantFrom(0, 50_000, 100_000, 150_000), fc.nat(length - 1)),
  length: fc.oneof(fc.constant(50_000), fc.integer({ min: 1, max: length })),
  pieces: fc.integer({ min: 1, max: 4 }),
  isRecorded: fc.nat(3).map((n) => n > 0),
  joins: fc.boolean(),
});
/** Bodies of a group overlap in time, piece by piece. */
const groups = fc.array(fc.array(body, { minLength: 1, maxLength: 3 }), { maxLength: 6 });

/** A body of one piece. */
const whole = (bytes: Uint8Array, position: number) => ({ bytes, position, start: position });

describe("the frontier", () => {
  const hasher = createThreadedHasher({
    threads: 1,
    onFatal: (error) => {
      throw error;
    },
  });
  let folder: Awaited<ReturnType<typeof openFolder>>;
  let path: string;
  let file: FileHandle;
  beforeAll(async () => {
    folder = await openFolder();
    path = join(folder.path, "staging");
    file = await open(path, "w+");
  });
  afterAll(async () => {
    await file.close();
    await hasher[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });
  const begin = async (): Promise<Frontier> => {
    await file.truncate(0);
    const memory = createMemoryBudget(parkedBytes);
    return openFrontier({ hasher, algorithms: ["sha256"], path, size: length, startBytes, memory });
  };

  /** Writers of one group, a piece of each in turn; a body that meets bytes of another, or runs out, ends there. */
  const receive = async (
    frontier: Frontier,
    { bodies, held }: { bodies: readonly Body[]; held: Range[] },
  ): Promise<Range[]> => {
    let now = held;
    const claimed: Range[] = [];
    const writers = bodies.flatMap((one) => {
      const range = { start: one.start, end: Math.min(length, one.start + one.length) };
      const isFree = claimed.every((other) => other.end <= range.start || range.end <= other.start);
      if (!isFree) return [];
      claimed.push(range);
      return [{ ...one, range, at: range.start, hashed: range.start, flights: [] as unknown[] }];
    });
    const missing = writers.map(({ range }) => missingWithin(planStretches(held, range), range));
    while (writers.some(({ at, range }) => at < range.end)) {
      for (const [i, writer] of writers.entries()) {
        const { at, range, isRecorded } = writer;
        const end = Math.min(range.end, at + Math.ceil(writer.length / writer.pieces));
        if (at >= end) continue;
        if (writer.joins && frontier.isReached({ start: range.start, position: at })) {
          writer.hashed = at;
          frontier.join(at);
        }
        // Bytes that are not kept are other bytes, so that a hash of them would show.
        const bytes = Buffer.from(content.subarray(at, end));
        for (const gap of missing[i]!)
          for (let byte = Math.max(gap.start, at); byte < Math.min(gap.end, end); byte++)
            if (!isRecorded) bytes[byte - at]! ^= 0xff;
        for (const gap of missing[i]!) {
          const [from, to] = [Math.max(gap.start, at), Math.min(gap.end, end)];
          if (from < to) await file.write(bytes, from - at, to - from, from);
        }
        const hashing = frontier.offer({ bytes, position: at, start: range.start });
        if (hashing) writer.hashed = end;
        writer.flights.push(hashing);
        writer.at = end;
      }
    }
    for (const { range, isRecorded, hashed, flights } of writers) {
      await Promise.all(flights);
      if (isRecorded) now = addRange(now, range);
      if (!isRecorded && hashed > range.start) frontier.rewind();
      frontier.advance(contiguousEnd(now));
    }
    return now;
  };

  it("has the hash of the content, however its bytes came", async () => {
    const property = fc.asyncProperty(groups, async (planned) => {
      const frontier = await begin();
      let held: Range[] = [];
      for (const bodies of planned) held = await receive(frontier, { bodies, held });
      const rest = { start: 0, length, pieces: 3, isRecorded: true, joins: false };
      for (const gap of missingWithin(planStretches(held, { start: 0, end: length }), {
        start: 0,
        end: length,
      })) {
        const bodies = [{ ...rest, start: gap.start, length: gap.end - gap.start }];
        held = await receive(frontier, { bodies, held });
      }
      expect(await frontier.digest(length)).toEqual({ sha256: expected });
      frontier.close();
    });
    await fc.assert(property, { seed: 7, numRuns: 60, interruptAfterTimeLimit: 4_000 });
  });

  it("reads nothing back of a content that comes in order", async () => {
    const frontier = await begin();
    for (let at = 0; at < length; at += 50_000) {
      await frontier.offer(whole(content.subarray(at, at + 50_000), at));
      frontier.advance(at + 50_000);
    }
    // The file holds nothing: what was hashed came from memory.
    expect(await frontier.digest(length)).toEqual({ sha256: expected });
    frontier.close();
  });

  it("reads nothing back of chunks that come at once, as long as there is memory to keep them in", async () => {
    const frontier = await begin();
    const offer = (at: number, end: number, start: number) =>
      frontier.offer({ bytes: content.subarray(at, end), position: at, start });
    const first = offer(0, 50_000, 0);
    const ahead = offer(100_000, 130_000, 100_000);
    const further = offer(130_000, 150_000, 100_000);
    const last = [offer(50_000, 100_000, 0), offer(150_000, length, 100_000)];
    await Promise.all([first, ahead, further, ...last]);
    // The file holds nothing: what was hashed came from memory.
    expect(frontier.queued).toBe(length);
    expect(await frontier.digest(length)).toEqual({ sha256: expected });
    frontier.close();
  });

  it("gives memory back of a chunk whose turn does not come", async () => {
    const frontier = await begin();
    await frontier.offer(whole(content.subarray(0, 50_000), 0));
    await frontier.offer(whole(content.subarray(100_000, 130_000), 100_000));
    expect(frontier.queued).toBe(50_000);
    await file.write(content, 0, length, 0);
    expect(await frontier.digest(length)).toEqual({ sha256: expected });
    frontier.close();
  });

  it("leaves a trickle in the file until there is enough of it, and then follows", async () => {
    const frontier = await begin();
    const write = (start: number, end: number) =>
      file.write(content, start, end - start, start).then(() => frontier.advance(end));
    expect(frontier.offer(whole(content.subarray(0, 1_000), 0))).toBeUndefined();
    await write(0, 1_000);
    expect(frontier.queued).toBe(0);
    expect(frontier.isReached({ start: 0, position: 1_000 })).toBe(false);
    await write(1_000, 50_000);
    expect(frontier.queued).toBe(50_000);
    expect(frontier.offer(whole(content.subarray(50_000, 50_010), 50_000))).toBeDefined();
    await write(50_000, length);
    expect(await frontier.digest(length)).toEqual({ sha256: expected });
    frontier.close();
  });

  it("takes a small content from memory when it comes whole", async () => {
    await file.truncate(0);
    const frontier = openFrontier({ hasher, algorithms: ["sha256"], path, size: 5 });
    await frontier.offer(whole(Buffer.from("small"), 0));
    const sha256 = createHash("sha256").update("small").digest("hex");
    expect(await frontier.digest(5)).toEqual({ sha256 });
    frontier.close();
  });

  it("begins after a restart with what is held in the file", async () => {
    const frontier = await begin();
    await file.write(content, 0, length, 0);
    expect(await frontier.digest(length)).toEqual({ sha256: expected });
    frontier.close();
  });

  it("forgets what was hashed and not recorded", async () => {
    const frontier = await begin();
    await file.write(content, 0, length, 0);
    frontier.advance(100_000);
    await frontier.offer(whole(Buffer.alloc(50_000, 1), 100_000));
    frontier.rewind();
    expect(frontier.queued).toBe(100_000);
    expect(await frontier.digest(length)).toEqual({ sha256: expected });
    frontier.close();
  });

  it("does not count bytes past the end of the content", async () => {
    const frontier = await begin();
    await file.write(content, 0, length, 0);
    frontier.advance(length);
    await frontier.offer(whole(Buffer.from("too much"), length));
    expect(await frontier.digest(length)).toEqual({ sha256: expected });
    frontier.close();
  });

  it("reports a file that lacks bytes", async () => {
    const frontier = await begin();
    await file.write(content, 0, 1_000, 0);
    await expect(frontier.digest(length)).rejects.toThrow();
    frontier.close();
  });

  it("takes nothing more when it is closed, and harms nobody", async () => {
    const closed = await begin();
    closed.close();
    expect(closed.offer(whole(content, 0))).toBeUndefined();
    closed.advance(length);
    closed.rewind();
    closed.close();
    const other = await begin();
    await file.write(content, 0, length, 0);
    expect(await other.digest(length)).toEqual({ sha256: expected });
    other.close();
  });
});
