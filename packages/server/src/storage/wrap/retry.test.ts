import { describe, expect, it } from "vitest";
import { openFolder } from "../../core/testing/engine.ts";
import { openLocalStore } from "../local/local-store.ts";
import { retryPassing, retryStore, type RetryRules } from "./retry.ts";

const fail = (code: string) => Object.assign(new Error(code), { code });

describe("a store's operation", () => {
  const run = async (failures: string[], attempts = 3) => {
    const left = [...failures];
    let tried = 0;
    const retried: unknown[] = [];
    const rules: RetryRules = {
      attempts,
      initialDelayMs: 1,
      onRetry: (error) => retried.push(error),
    };
    const result = await retryPassing(rules, async () => {
      tried++;
      const code = left.shift();
      if (code !== undefined) throw fail(code);
      return "done";
    }).catch((error: unknown) => (error as Error).message);
    return { result, tried, retried: retried.length };
  };

  it("is tried again after what passes, three times in all", async () => {
    expect(await run(["EAGAIN", "EMFILE"])).toEqual({ result: "done", tried: 3, retried: 2 });
    expect(await run(["EBUSY", "EBUSY", "EBUSY"])).toEqual({
      result: "EBUSY",
      tried: 3,
      retried: 2,
    });
  });

  it.each(["ENOSPC", "EIO", "ENOENT", "EEXIST", "EROFS"])(
    "is not tried again after %s",
    async (code) => {
      expect(await run([code])).toEqual({ result: code, tried: 1, retried: 0 });
    },
  );

  it("keeps the bytes of a store that fails now and then", async () => {
    await using folder = await openFolder();
    await using store = await openLocalStore({
      root: folder.path,
      onPoison: (error) => {
        throw error;
      },
    });
    let calls = 0;
    const flaky = Object.assign(Object.create(store) as typeof store, {
      staging: {
        ...store.staging,
        async open(id: string) {
          if (calls++ % 2 === 0) throw fail("EMFILE");
          const file = await store.staging.open(id);
          return {
            ...file,
            async write(bytes: Uint8Array, position: number) {
              if (calls++ % 2 === 0) throw fail("EAGAIN");
              await file.write(bytes, position);
            },
          };
        },
      },
    });
    const rules: RetryRules = { attempts: 3, initialDelayMs: 1, onRetry: () => undefined };
    const steady = retryStore(flaky, rules);
    await steady.staging.create("a");
    await using file = await steady.staging.open("a");
    await file.write(Buffer.from("hello"), 0);
    await file.sync();
    const target = Buffer.alloc(5);
    await file.read(target, 0);
    expect(target.toString()).toBe("hello");
    expect(steady.poisoned).toBeNull();
  });
});
