import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { describeContentHasher } from "../core/blobs/content-hasher.suite.ts";
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
  it("keep a process alive as long as somebody waits for them, and no longer", async () => {
    const source = new URL("./threaded-hasher.ts", import.meta.url).href;
    const program = `
      const { createThreadedHasher } = await import(${JSON.stringify(source)});
      const hasher = createThreadedHasher({ threads: 2, onFatal: () => process.exit(9) });
      const stream = hasher.open({ algorithms: ["md5"], path: null });
      await stream.append(Buffer.from("abc"));
      console.log((await stream.digest()).md5);
    `;
    const args = ["--input-type=module", "--eval", program];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout.trim()).toBe("900150983cd24fb0d6963f7d28e17f72");
  });
});
