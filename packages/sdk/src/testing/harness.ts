import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "../client.ts";
import type { Clock } from "../clock.ts";
import { createNodeClient } from "../node/index.ts";
import type { RetryOptions } from "../retry.ts";
import { FAKE_TOKEN, startFakeServer, type FakeOptions, type FakeServer } from "./fake-server.ts";

export interface Harness extends AsyncDisposable {
  server: FakeServer;
  client: Client;
  folder: string;
  /** Writes a file of pseudo-random bytes; resolves to its path. */
  makeFile(name: string, size: number): Promise<string>;
}

/** Retries that cost a test no time. */
export const FAST_RETRY: RetryOptions = { baseMs: 1, capMs: 5, retryForMs: 5_000 };

export async function createHarness(options: FakeOptions = {}): Promise<Harness> {
  const server = await startFakeServer(options);
  const folder = await mkdtemp(join(tmpdir(), "sampan-sdk-"));
  return {
    server,
    client: createNodeClient({ url: server.url, token: FAKE_TOKEN }),
    folder,
    async makeFile(name, size) {
      const path = join(folder, name);
      await writeFile(path, makeBytes(size));
      return path;
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** The same bytes for the same arguments, and no two stretches alike. */
export function makeBytes(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed >>> 0 || 1;
  for (let index = 0; index < size; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** A clock that moves only when somebody sleeps or the test says so. */
export function createManualClock(): Clock & { advance(ms: number): void; slept: number[] } {
  let nowMs = 0;
  const slept: number[] = [];
  return {
    slept,
    nowMs: () => nowMs,
    advance(ms) {
      nowMs += ms;
    },
    async sleep(ms) {
      slept.push(ms);
      nowMs += ms;
    },
  };
}
