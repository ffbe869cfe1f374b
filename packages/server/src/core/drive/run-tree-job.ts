/** Carries a tree job to its end, step by step. May be called again after a crash, and by two at once: every step is one transaction. */
import type { Clock } from "../clock.ts";
import { isCoreError } from "../errors.ts";
import type { NodeStore } from "./node-store.ts";

export type RunTreeJob = (id: string) => Promise<void>;

export function createRunTreeJob({
  nodes,
  clock,
}: {
  nodes: Pick<NodeStore, "advanceJob" | "endJob">;
  clock: Clock;
}): RunTreeJob {
  return async (id) => {
    for (;;) {
      try {
        if (!(await nodes.advanceJob({ id, now: clock.now() }))) return;
      } catch (error) {
        if (!isCoreError(error)) throw error;
        // Its folder is gone, a name or the quota is taken: what it made so far is cleaned up by the steps that follow.
        const failed = { id, state: "failed", failure: error.code, now: clock.now() } as const;
        if (!(await nodes.endJob(failed))) throw error;
      }
    }
  };
}
