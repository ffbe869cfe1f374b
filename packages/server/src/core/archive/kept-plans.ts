/**
 * Plans kept while nothing at all is committed: parallel ranges of one archive, and a resumption, list it once. A plan is used only under the
 * stamp that it was begun and ended with, so it is never older than the database. What others share is planned each time, because a share
 * also ends by the clock.
 */
import type { ArchiveTree } from "./archive-tree.ts";
import type { ArchivePlan } from "./archive-plan.ts";
import type { Chosen } from "./node-source.ts";

export interface Planned {
  readonly plan: ArchivePlan;
  /** Of the only thing chosen. */
  readonly name: string | null;
  readonly ownerId: string;
}

export type KeepPlan = (chosen: Chosen, make: () => Promise<Planned>) => Promise<Planned>;

/** Of all plans together; some 20 MiB. */
const maxKeptEntries = 50_000;
const maxKeptPlans = 32;

interface Kept {
  readonly stamp: number;
  readonly planned: Promise<Planned>;
  /** Not known while it is being made. */
  entries: number;
}

export function createKeepPlan(tree: Pick<ArchiveTree, "stamp">): KeepPlan {
  /** Least recently used first. */
  const plans = new Map<string, Kept>();

  const trim = (): void => {
    let entries = 0;
    let count = 0;
    for (const [key, kept] of [...plans].toReversed()) {
      entries += kept.entries;
      if (++count > maxKeptPlans || entries > maxKeptEntries) plans.delete(key);
    }
  };

  return async (chosen, make) => {
    const stamp = await tree.stamp();
    if (stamp === null) return make();
    const key = [chosen.accountId, ...(chosen.ids ?? ["everything"])].join(" ");
    const known = plans.get(key);
    plans.delete(key);
    if (known?.stamp === stamp) {
      plans.set(key, known);
      return known.planned;
    }
    const kept: Kept = { stamp, planned: make(), entries: 0 };
    plans.set(key, kept);
    let isCurrent = false;
    try {
      const planned = await kept.planned;
      kept.entries = planned.plan.entries.length;
      isCurrent = planned.ownerId === chosen.accountId && (await tree.stamp()) === stamp;
      return planned;
    } finally {
      if (!isCurrent && plans.get(key) === kept) plans.delete(key);
      trim();
    }
  };
}
