import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFolder } from "../core/testing/engine.ts";
import { loadSettings, SettingError } from "./load.ts";

const mebibyte = 1024 * 1024;

describe("the go-uploader family's config.json", () => {
  let folder: Awaited<ReturnType<typeof openFolder>>;
  beforeEach(async () => {
    folder = await openFolder();
  });
  afterEach(() => folder[Symbol.asyncDispose]());
  const load = (argv: string[] = [], env = {}) => loadSettings({ argv, env, folder: folder.path });
  const path = () => join(folder.path, "config.json");

  it("is written with defaults where there is none, and honoured from then on", async () => {
    const first = await load(["--profile", "go-uploader"]);
    expect(first.settings).toMatchObject({
      dataDir: "./uploads",
      storeUrl: "file:./merged",
      port: 18_101,
      maxFileBytes: 10 * 1024 * mebibyte,
      maxChunkBytes: 100 * mebibyte,
      sweepIntervalMs: 3_600_000,
      maxChunksPerUser: 3,
    });
    expect(first.sources.maxChunkBytes).toBe("config.json");
    const written = JSON.parse(await readFile(path(), "utf8")) as Record<string, unknown>;
    expect(written).toMatchObject({ port: "18101", enable_integrity_check: true });
    expect((await load()).settings).toEqual(first.settings);
  });

  it("is not written unless that is asked for", async () => {
    await load();
    await expect(readFile(path())).rejects.toThrow(/ENOENT/);
  });

  it.each([
    [
      "production",
      {
        maxChunkBytes: 100 * mebibyte,
        sweepIntervalMs: 3_600_000,
        storageAttempts: 5,
        storageRetryDelayMs: 2_000,
        maxChunksPerUser: 3,
      },
    ],
    [
      "fast",
      {
        maxChunkBytes: 200 * mebibyte,
        sweepIntervalMs: 1_800_000,
        storageRetryDelayMs: 500,
        maxChunksPerUser: 8,
      },
    ],
    [
      "weak-network",
      {
        maxChunkBytes: 50 * mebibyte,
        storageAttempts: 10,
        storageRetryDelayMs: 5_000,
        maxChunksPerUser: 1,
      },
    ],
  ])("has the profile %s", async (profile, expected) => {
    expect((await load([], { SAMPAN_PROFILE: profile })).settings).toMatchObject(expected);
  });

  it("keeps what a person wrote, over the profile", async () => {
    await writeFile(path(), JSON.stringify({ max_chunk_size: 5, port: "99" }));
    const { settings, sources } = await load(["--profile", "fast"]);
    expect(settings).toMatchObject({ maxChunkBytes: 5, port: 99, maxChunksPerUser: 8 });
    expect([sources.maxChunkBytes, sources.maxChunksPerUser]).toEqual(["config.json", "profile"]);
    expect(JSON.parse(await readFile(path(), "utf8"))).toEqual({ max_chunk_size: 5, port: "99" });
  });

  it("says that checks cannot be turned off", async () => {
    await writeFile(path(), JSON.stringify({ enable_integrity_check: false }));
    expect((await load()).notices).toEqual([expect.stringMatching(/^enable_integrity_check/)]);
  });

  it.each([
    [{ max_chunk_size: "many" }, /^config\.json: maxChunkBytes: /],
    [{ cleanup_interval: -1 }, /^config\.json: sweepIntervalMs: /],
    [{ merged_dir: 5 }, /^config\.json: storeUrl: /],
    [{ upload_dir: "a", dataDir: "b" }, /dataDir is there by two names/],
    [{ enable_integrity_check: "yes" }, /enable_integrity_check/],
  ])("is refused with what is wrong: %j", async (config, expected) => {
    await writeFile(path(), JSON.stringify(config));
    const error: unknown = await load().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SettingError);
    expect((error as Error).message).toMatch(expected);
  });

  it("refuses a profile that there is not", async () => {
    await expect(load(["--profile", "slow"])).rejects.toThrow(/--profile: not one of .*fast/);
  });
});
