import { SampanError, type UploadOptions, type UploadResult, type UploadSource } from "@sampan/sdk";
import { keyOf } from "./job-list.ts";
import { describe, expect, it } from "vitest";
import { rememberUploads } from "./remembered-uploads.ts";
import type { PlacedSource } from "./sources.ts";
import { waitingProgress } from "./transfer.ts";
import { createTransfers } from "./transfers.ts";

const MB = 1_000_000;

/** An engine whose every step the test decides. */
function start() {
  const kept = new Map<string, string>();
  const calls: Call[] = [];
  const aborted: string[] = [];
  const stored: unknown[] = [];
  const open = [{ id: "u1", name: "a.bin", size: 10 * MB, receivedBytes: 4 * MB }];
  const client = {
    abortUpload: (id: string) => Promise.resolve(void aborted.push(id)),
    listUploads: () => Promise.resolve({ items: open as never[], nextCursor: null }),
  };
  const transfers = createTransfers({
    client,
    upload: (source, options = {}) =>
      new Promise((resolve, reject) => {
        options.signal?.addEventListener("abort", () => reject(options.signal?.reason));
        calls.push({ source, options, resolve, reject });
      }),
    remembered: rememberUploads({
      read: (key) => kept.get(key) ?? null,
      write: (key, value) => void (value === null ? kept.delete(key) : kept.set(key, value)),
    }),
    onStored: (file) => stored.push(file),
  });
  const settled = () => new Promise((resolve) => setTimeout(resolve, 300));
  const only = () => transfers.get().transfers[0];
  return { transfers, calls, aborted, stored, kept, settled, only };
}

interface Call {
  source: UploadSource;
  options: UploadOptions;
  resolve(result: UploadResult): void;
  reject(error: unknown): void;
}

const sourceOf = (name: string, { size = 10 * MB, parentId = "f" } = {}): PlacedSource => ({
  parentId,
  name,
  size,
  resumeKey: `b1:${size}:1:${name}`,
  open: () => new Blob([]),
});
const opened = (name: string, id: string) => ({
  sourceKey: keyOf(sourceOf(name)),
  upload: { id } as never,
});
const result = { status: "stored", isInstant: false, file: {} } as UploadResult;

describe("transfers", () => {
  it("shows progress, and counts only what moved since for the speed", async () => {
    const { transfers, calls, stored, settled, only } = start();
    transfers.add([sourceOf("a.bin")]);
    const progress = { ...waitingProgress(10 * MB), phase: "sending" as const };
    calls[0]?.options.onProgress?.({ ...progress, movedBytes: 8 * MB, resumedBytes: 8 * MB });
    await settled();
    expect(only()).toMatchObject({ state: { kind: "active" }, progress: { movedBytes: 8 * MB } });
    expect(transfers.get().summary).toMatchObject({ active: 1, movedBytes: 8 * MB });
    expect(transfers.get().summary.bytesPerSecond).toBe(0);
    calls[0]?.resolve(result);
    await settled();
    expect(transfers.get().summary).toMatchObject({ active: 0, done: 1, movedBytes: 10 * MB });
    expect(stored).toEqual([result.file]);
  });

  it("does not take for speed what need not be sent", async () => {
    const { transfers, calls, settled, only } = start();
    transfers.add([sourceOf("a.bin")]);
    const progress = { ...waitingProgress(10 * MB), phase: "sending" as const };
    const granted = { movedBytes: 10 * MB, heldBytes: 10 * MB, instantBytes: 10 * MB };
    calls[0]?.options.onProgress?.({ ...progress, ...granted });
    await settled();
    expect(transfers.get().summary).toMatchObject({ movedBytes: 10 * MB, bytesPerSecond: 0 });
    calls[0]?.resolve({ ...result, isInstant: true });
    await settled();
    expect(only()?.state).toMatchObject({ kind: "done", isInstant: true });
  });

  it("pauses by stopping, resumes by sending again, and keeps the bar where it was", async () => {
    const { transfers, calls, settled, only } = start();
    transfers.add([sourceOf("a.bin")]);
    const progress = { ...waitingProgress(10 * MB), phase: "sending" as const };
    calls[0]?.options.onProgress?.({ ...progress, movedBytes: 5 * MB, heldBytes: 4 * MB });
    transfers.pause(1);
    await settled();
    expect(calls[0]?.options.signal?.aborted).toBe(true);
    expect(only()?.state.kind).toBe("paused");
    transfers.resume(1);
    calls[1]?.options.onProgress?.({ ...progress, phase: "checking" });
    await settled();
    expect(only()).toMatchObject({ state: { kind: "active" }, progress: { movedBytes: 5 * MB } });
  });

  it("continues a paused file that is added again, rather than adding it twice", async () => {
    const { transfers, calls, settled } = start();
    transfers.add([sourceOf("a.bin"), sourceOf("a.bin")]);
    transfers.pauseAll();
    transfers.add([sourceOf("a.bin")]);
    await settled();
    expect(calls).toHaveLength(2);
    expect(transfers.get().transfers).toHaveLength(1);
    expect(transfers.get().summary.active).toBe(1);
  });

  it("takes the same file into two folders for two uploads", async () => {
    const { transfers, calls, settled } = start();
    transfers.add([sourceOf("a.bin"), sourceOf("a.bin", { parentId: "g" })]);
    await settled();
    expect(calls.map(({ options }) => options.parentId)).toEqual(["f", "g"]);
    expect(transfers.get().transfers).toHaveLength(2);
  });

  it("cancels on the server too, also when its upload becomes known only afterwards", () => {
    const { transfers, aborted, kept } = start();
    transfers.add([sourceOf("a.bin"), sourceOf("b.bin")]);
    transfers.noteOpened(opened("a.bin", "u1"));
    expect(kept.size).toBe(1);
    transfers.cancelAll();
    expect(aborted).toEqual(["u1"]);
    transfers.noteOpened(opened("b.bin", "u2"));
    expect(aborted).toEqual(["u1", "u2"]);
    expect(kept.size).toBe(0);
  });

  it("shows failures first, and sends again with the answer to a conflict", async () => {
    const { transfers, calls, settled, only } = start();
    transfers.add([sourceOf("a.bin"), sourceOf("b.bin")]);
    calls[1]?.reject(new SampanError("taken", { code: "name-taken", status: 409 }));
    await settled();
    expect(only()).toMatchObject({ name: "b.bin", state: { failure: { code: "name-taken" } } });
    expect(transfers.get().summary).toMatchObject({ failed: 1, conflicts: 1, retryable: 0 });
    transfers.retry(2, "keep-both");
    expect(calls[2]?.options.onConflict).toBe("keep-both");
  });

  it("ignores what a stopped attempt still says", async () => {
    const { transfers, calls, settled, only } = start();
    transfers.add([sourceOf("a.bin")]);
    transfers.pause(1);
    transfers.resume(1);
    calls[0]?.resolve(result);
    await settled();
    expect(only()?.state.kind).toBe("active");
  });

  it("finds what an earlier visit left unfinished, until its file is added again", async () => {
    const { transfers, calls, kept, settled } = start();
    kept.set("sampan.uploads", JSON.stringify(["u1", "long gone"]));
    await transfers.findUnfinished();
    await settled();
    const found = { uploadId: "u1", name: "a.bin", size: 10 * MB, heldBytes: 4 * MB };
    expect(transfers.get().unfinished).toEqual([found]);
    expect(kept.get("sampan.uploads")).toBe('["u1"]');
    transfers.add([sourceOf("a.bin")]);
    await settled();
    expect(transfers.get().unfinished).toEqual([]);
    transfers.noteOpened(opened("a.bin", "u1"));
    await transfers.findUnfinished();
    calls[0]?.resolve(result);
    await settled();
    expect(transfers.get().unfinished).toEqual([]);
    expect(kept.size).toBe(0);
  });

  it("takes ten thousand files without a pause that somebody would notice", async () => {
    const { transfers, settled } = start();
    const startedAtMs = performance.now();
    transfers.add(Array.from({ length: 10_000 }, (_, index) => sourceOf(`${index}`)));
    transfers.pauseAll();
    transfers.cancelAll();
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
    await settled();
    expect(transfers.get().transfers).toHaveLength(10_000);
  });
});
