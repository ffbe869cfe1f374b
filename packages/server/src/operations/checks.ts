/** Scrubs that run in the background, one at a time; the last few results are kept in memory. */
import { CoreError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { Scrub, ScrubProgress } from "../core/blobs/scrub.ts";

export interface Check extends ScrubProgress {
  readonly id: string;
  readonly state: "running" | "done" | "failed";
}

export interface Checks {
  /** Starts a scrub, or returns the one that is running. */
  start(): Check;
  /** Throws `check-not-found`. */
  find(id: string): Check;
}

const kept = 10;

export function createChecks({
  scrub,
  onError,
}: {
  scrub: Scrub;
  onError: (error: unknown) => void;
}): Checks {
  const checks = new Map<string, Check>();
  let running: string | undefined;

  const run = async (id: string): Promise<void> => {
    const update = (change: Partial<Check>) => checks.set(id, { ...checks.get(id)!, ...change });
    try {
      for await (const progress of scrub()) update({ ...progress });
      update({ state: "done" });
    } catch (error) {
      update({ state: "failed" });
      onError(error);
    } finally {
      running = undefined;
    }
  };

  return {
    start() {
      if (running !== undefined) return checks.get(running)!;
      const id = newId();
      running = id;
      checks.set(id, {
        id,
        state: "running",
        checkedBlobs: 0,
        checkedBytes: 0,
        totalBlobs: 0,
        problems: [],
      });
      for (const old of [...checks.keys()].slice(0, -kept)) checks.delete(old);
      void run(id);
      return checks.get(id)!;
    },
    find(id) {
      const check = checks.get(id);
      if (!check) throw new CoreError("check-not-found", { id });
      return check;
    },
  };
}
