import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { describeContentHasher } from "../core/blobs/content-hasher.suite.ts";
import { openFolder } from "../core/testing/engine.ts";
import { createThreadedHasher } from "./threaded-hasher.ts";

for (const threads of [1, 3]) {
  describeContentHasher(`${threads} hashing threads`, () =>
    createThreadedHasher({
      threads,
      onFatal: (error) => {
        throw error;
      },
    }),
  );
}

describe("hashing threads", () => {
  it("refuse whoever comes when they are stopped, and leave nobody waiting", async () => {
    const hasher = createThreadedHasher({ threads: 1, onFatal: () => undefined });
    const stream = hasher.open({ algorithms: ["md5"], path: null });
    const digests = Array.from({ length: 100 }, () => stream.digest());
    await hasher[Symbol.asyncDispose]();
    const outcomes = await Promise.allSettled(digests);
    expect(outcomes).toHaveLength(100);
    await expect(stream.digest()).rejects.toThrow("stopped");
  });

  it("say so when one of them dies, and leave nobody waiting", async () => {
    const deaths: Error[] = [];
    const hasher = createThreadedHasher({ threads: 1, onFatal: (error) => deaths.push(error) });
    const stream = hasher.open({ algorithms: ["md5"], path: null });
    stream.close();
    await expect(stream.digest()).rejects.toThrow(/is not open/);
    await expect(stream.digest()).rejects.toThrow(/is not open/);
    expect(deaths).toHaveLength(1);
    await hasher[Symbol.asyncDispose]();
  });

  it("keep a process alive as long as somebody waits for them, and no longer", async () => {
    const source = new URL("./threaded-hasher.ts", import.meta.url).href;
    const program = `
      const { createThreadedHasher } = await import(${JSON.stringify(source)});
      const hasher = createThreadedHasher({ threads: 2, onFatal: () => process.exit(9) });
      const stream = hasher.open({ algorithms: ["md5"], path: null });
      await stream.append(Buffer.from("abc"));
      console.log((await stream.digest()).md5);
    `;
    await using folder = await openFolder();
    const path = join(folder.path, "program.mjs");
    await writeFile(path, program);
    const { stdout } = await promisify(execFile)(process.execPath, [path]);
    expect(stdout.trim()).toBe("900150983cd24fb0d6963f7d28e17f72");
  });
});
