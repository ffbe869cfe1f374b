/** The drive over its ports: what people do with it, and what goes on in the background. */
import { createDriveAccess } from "../core/drive/access.ts";
import { createChangeTree } from "../core/drive/change-tree.ts";
import type { NameSearch, NodeStore } from "../core/drive/node-store.ts";
import { createRunTreeJob } from "../core/drive/run-tree-job.ts";
import { treeJobKind } from "../core/drive/tree-job.ts";
import type { ShareStore } from "../core/sharing/share-store.ts";
import type { Clock } from "../core/clock.ts";
import { startMaintenance } from "../operations/maintenance.ts";

export function createDrive({
  nodes,
  shares,
  clock,
}: {
  nodes: NodeStore;
  shares: ShareStore;
  clock: Clock;
}) {
  const access = createDriveAccess({ nodes, shares, clock });
  return { access, changeTree: createChangeTree({ nodes, access, clock }) };
}

export function driveJobs({ nodes, clock }: { nodes: NodeStore; clock: Clock }) {
  const runTreeJob = createRunTreeJob({ nodes, clock });
  return {
    [treeJobKind]: (payload: string) =>
      runTreeJob((JSON.parse(payload) as { jobId: string }).jobId),
  };
}

export interface DriveRetention {
  readonly trashRetentionMs: number;
  readonly versionRetentionMs: number;
}

/** Long enough to read what became of a copy. */
const jobsKeptMs = 30 * 24 * 3_600_000;

/** Rounds of housekeeping. Each takes all that is due, in transactions of a bounded size. */
export function driveTasks({
  nodes,
  clock,
  settings,
}: {
  nodes: NodeStore;
  clock: Clock;
  settings: DriveRetention;
}) {
  const limit = 500;
  return {
    async trash() {
      const before = clock.now() - settings.trashRetentionMs;
      while ((await nodes.expireTrash({ before, now: clock.now(), limit })) > 0);
    },
    async treeJobs() {
      const before = clock.now() - jobsKeptMs;
      while ((await nodes.purgeJobs({ before, limit })) === limit);
    },
    async versions() {
      const before = clock.now() - settings.versionRetentionMs;
      while ((await nodes.expireVersions({ before, now: clock.now(), limit })) === limit);
    },
  };
}

/** So few at a time that a file on its way waits a few milliseconds for the writer. */
const namesAtOnce = 250;
const indexIntervalMs = 1_000;

export function startIndexing({
  search,
  onError,
}: {
  search: NameSearch;
  onError: (facts: { task: string; error: unknown }) => void;
}): AsyncDisposable {
  let stopped = false;
  const indexing = startMaintenance({
    intervalMs: indexIntervalMs,
    tasks: {
      async names() {
        while (!stopped && (await search.catchUp({ limit: namesAtOnce })) === namesAtOnce);
      },
    },
    onError,
  });
  return {
    async [Symbol.asyncDispose]() {
      stopped = true;
      await indexing[Symbol.asyncDispose]();
    },
  };
}
