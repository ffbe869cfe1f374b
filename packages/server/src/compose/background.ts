/** What goes on without being asked: queued jobs, rounds of housekeeping, the index of names. */
import type { FastifyBaseLogger } from "fastify";
import type { Settings } from "../config/settings.ts";
import { createCompact } from "../core/blobs/compact.ts";
import type { ContentHasher } from "../core/blobs/content-hasher.ts";
import { createIdentifyBlob, identifyBlobJob } from "../core/blobs/identify.ts";
import { createSweep } from "../core/blobs/sweep.ts";
import type { Clock } from "../core/clock.ts";
import { createPurgeEvents } from "../core/events/purge.ts";
import { startMaintenance } from "../operations/maintenance.ts";
import { startJobRunner } from "../queue/database/job-runner.ts";
import { driveJobs, driveTasks, startIndexing } from "./drive.ts";
import { createTidyUploads } from "../core/sharing/end-uploads.ts";
import type { Engine } from "./engine.ts";
import type { Stores } from "./metadata.ts";
import type { Storage } from "./storage.ts";

export type Chores = Readonly<Record<string, () => Promise<unknown>>>;

interface BackgroundParts
  extends
    Pick<Stores, "uploads" | "index" | "nodes" | "shares" | "search" | "jobs" | "events">,
    Pick<Storage, "blobs" | "diskUse">,
    Pick<Engine, "active" | "readContent" | "lifecycle" | "instantUpload"> {
  readonly settings: Settings;
  readonly logger: FastifyBaseLogger;
  readonly clock: Clock;
  readonly hasher: ContentHasher;
  /** Rounds that subjects with a composition of their own bring along. */
  readonly chores: Chores;
}

const purgeLimit = 1_000;

export function startBackground(parts: BackgroundParts, opened: AsyncDisposableStack): void {
  const { settings, logger, search } = parts;
  const onError = ({ task, error }: { task: string; error: unknown }) =>
    logger.error({ err: error, task }, "maintenance failed");
  opened.use(startJobs(parts));
  const intervalMs = settings.sweepIntervalMs;
  opened.use(startMaintenance({ intervalMs, tasks: listChores(parts), onError }));
  opened.use(startIndexing({ search, onError }));
}

function startJobs(parts: BackgroundParts): AsyncDisposable {
  const { jobs, clock, logger } = parts;
  const identifyBlob = createIdentifyBlob(parts);
  return startJobRunner({
    queue: jobs,
    clock,
    handlers: {
      ...driveJobs(parts),
      [identifyBlobJob]: (payload) =>
        identifyBlob((JSON.parse(payload) as { blobId: string }).blobId),
    },
    onFailure: ({ job, error, outcome }) =>
      logger.warn({ err: error, job: job.kind, outcome }, "a job failed"),
  });
}

function listChores(parts: BackgroundParts): Chores {
  const { settings, clock, uploads, lifecycle, active, instantUpload, diskUse } = parts;
  const { uploadTtlMs, sweepGraceMs, auditRetentionMs } = settings;
  const compact = createCompact(parts);
  return {
    ...driveTasks(parts),
    watchDisk: () => diskUse(),
    expire: () => lifecycle.expire(),
    shares: createTidyUploads(parts),
    purge: () => uploads.purgeEnded({ before: clock.now() - uploadTtlMs, limit: purgeLimit }),
    challenges: () => instantUpload.purge(),
    sweep: createSweep({ ...parts, graceMs: sweepGraceMs }),
    purgeEvents: createPurgeEvents({ ...parts, retentionMs: auditRetentionMs }),
    compact: async () => (active.writers === 0 ? compact() : undefined),
    ...parts.chores,
  };
}
