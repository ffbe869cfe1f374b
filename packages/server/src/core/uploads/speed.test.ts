import { describe, expect, it } from "vitest";
import { CoreError } from "../errors.ts";
import { createTestClock } from "../testing/engine.ts";
import type { ByteSource } from "./byte-source.ts";
import { createUploadSpeeds, measureSpeed } from "./speed.ts";
import type { Upload } from "./upload.ts";

describe("the speed of an upload", () => {
  const nothing = { senders: 0, bytesPerSecond: null };

  it("is that of the last ten seconds, and unknown when nothing has come for so long", () => {
    const clock = createTestClock();
    const speeds = createUploadSpeeds({ clock });
    expect(speeds.of("a")).toEqual(nothing);
    speeds.begin("a");
    for (let second = 0; second < 30; second++) {
      speeds.count("a", second < 20 ? 1_000_000 : 5_000);
      clock.advance(1_000);
    }
    expect(speeds.of("a").senders).toBe(1);
    expect(speeds.of("a").bytesPerSecond).toBeGreaterThan(4_000);
    expect(speeds.of("a").bytesPerSecond).toBeLessThanOrEqual(5_000);
    clock.advance(10_000);
    expect(speeds.of("a")).toEqual({ senders: 1, bytesPerSecond: null });
    speeds.end("a");
    expect(speeds.of("a")).toEqual(nothing);
  });

  it("counts from the first byte after a pause, and a first packet as one second", () => {
    const clock = createTestClock();
    const speeds = createUploadSpeeds({ clock });
    speeds.begin("a");
    speeds.count("a", 500);
    expect(speeds.of("a").bytesPerSecond).toBe(500);
    clock.advance(60_000);
    speeds.count("a", 4_000);
    clock.advance(2_000);
    speeds.count("a", 4_000);
    expect(speeds.of("a").bytesPerSecond).toBe(4_000);
  });

  it("forgets those that stand still when there are many", () => {
    const clock = createTestClock();
    const speeds = createUploadSpeeds({ clock });
    for (let i = 0; i < 5_000; i++) {
      speeds.begin(String(i));
      speeds.count(String(i), 1);
      speeds.end(String(i));
      clock.advance(1_000);
    }
    expect(speeds.of("0")).toEqual(nothing);
    expect(speeds.of("4999").bytesPerSecond).toBe(1);
  });

  it("is of what arrives, also of a body that is refused in the end", async () => {
    const speeds = createUploadSpeeds({ clock: createTestClock() });
    const source: ByteSource = {
      declaredLength: 8,
      async *chunks() {
        for (let i = 0; i < 2; i++)
          yield await Promise.resolve({ bytes: new Uint8Array(4), release: () => undefined });
      },
    };
    const seen: unknown[] = [];
    const receive = measureSpeed(async (request): Promise<Upload> => {
      const signal = new AbortController().signal;
      for await (const { release } of request.source.chunks({ position: 0, signal })) release();
      seen.push(speeds.of("a"));
      throw new CoreError("superseded", { id: "a" });
    }, speeds);
    const place = () => ({ start: 0, limit: 8, unit: "byte" as const, endsContent: () => false });
    await expect(receive({ id: "a", source, place })).rejects.toMatchObject({ code: "superseded" });
    expect(seen).toEqual([{ senders: 1, bytesPerSecond: 8 }]);
    expect(speeds.of("a").senders).toBe(0);
  });
});
