import { describe, expect, it } from "vitest";
import type { Scrub } from "../core/blobs/scrub.ts";
import { createChecks } from "./checks.ts";

const progress = (checkedBlobs: number) => ({
  checkedBlobs,
  checkedBytes: checkedBlobs * 10,
  totalBlobs: 2,
  problems: [],
});

describe("checks", () => {
  it("run one at a time, and are found while they run and after", async () => {
    const step = Promise.withResolvers<void>();
    const scrub: Scrub = async function* () {
      yield progress(1);
      await step.promise;
      yield progress(2);
    };
    const checks = createChecks({ scrub, onError: () => undefined });
    const { id } = checks.start();
    expect(checks.start().id).toBe(id);
    await expect.poll(() => checks.find(id)).toMatchObject({ state: "running", checkedBlobs: 1 });
    step.resolve();
    await expect.poll(() => checks.find(id)).toMatchObject({ state: "done", checkedBlobs: 2 });
    expect(checks.start().id).not.toBe(id);
  });

  it("fail without harm, and only the last few are kept", async () => {
    const failures: unknown[] = [];
    const scrub: Scrub = async function* () {
      yield progress(1);
      throw new Error("no disk");
    };
    const checks = createChecks({ scrub, onError: (error) => failures.push(error) });
    const ids: string[] = [];
    for (let i = 0; i < 12; i++) {
      const { id } = checks.start();
      ids.push(id);
      await expect.poll(() => checks.find(id).state).toBe("failed");
    }
    expect(failures).toHaveLength(12);
    expect(() => checks.find(ids[0]!)).toThrow(
      expect.objectContaining({ code: "check-not-found" }),
    );
    expect(checks.find(ids[11]!).state).toBe("failed");
  });
});
