/** Thumbnails and excerpts: the process that makes them, the runner of its jobs, and what readers ask. */
import type { FastifyBaseLogger } from "fastify";
import type { Clock } from "../core/clock.ts";
import type { JobQueue } from "../core/jobs/job-queue.ts";
import {
  makePreviewJob,
  type DerivedKey,
  type DerivedStore,
} from "../core/previews/derived-store.ts";
import { createMakePreview, type MakePreviewDependencies } from "../core/previews/make-preview.ts";
import { createPreviews } from "../core/previews/previews.ts";
import { createWarmer, type Warmer } from "../core/previews/warmer.ts";
import type { PreviewRoutes } from "../http/native/previews.ts";
import { startJobRunner } from "../queue/database/job-runner.ts";
import { createProcessPreviewer } from "../workers/preview/process-previewer.ts";
import type { Engine } from "./engine.ts";

export interface PreviewParts extends Omit<MakePreviewDependencies, "previewer"> {
  readonly logger: FastifyBaseLogger;
  readonly clock: Clock;
  readonly derived: DerivedStore;
  readonly jobs: JobQueue;
}

export interface RunningPreviews extends AsyncDisposable, Pick<PreviewRoutes, "previews"> {
  readonly warmer: Warmer;
}

/** Begins to work on what waits. Dispose of it to stop: what was at work is done anew at the next start. */
export function startPreviews(parts: PreviewParts): RunningPreviews {
  const { logger, clock, derived, jobs } = parts;
  const previewer = createProcessPreviewer();
  const makePreview = createMakePreview({ ...parts, previewer });
  const runner = startJobRunner({
    queue: jobs,
    clock,
    handlers: {
      async [makePreviewJob](payload, signal) {
        const key = JSON.parse(payload) as DerivedKey;
        try {
          await makePreview(key, signal);
        } finally {
          previews.settled(key);
        }
      },
    },
    onFailure: ({ job, error, outcome }) =>
      logger.warn({ err: error, job: job.kind, outcome }, "a job failed"),
  });
  const previews = createPreviews({ derived, clock, wake: () => runner.wake() });
  const warmer = createWarmer({
    warm: (keys) => previews.warm(keys),
    onError: (error) => logger.warn({ err: error }, "previews could not be asked for"),
  });
  return {
    previews,
    warmer,
    async [Symbol.asyncDispose]() {
      await warmer[Symbol.asyncDispose]();
      // The process first: the runner waits for the job that it is at.
      await Promise.all([previewer[Symbol.asyncDispose](), runner[Symbol.asyncDispose]()]);
    },
  };
}

/** The parts of the engine that store files, so that pictures soon have thumbnails. */
export function warmStored(
  { completeUpload, storeSmallFile }: Pick<Engine, "completeUpload" | "storeSmallFile">,
  warmer: Warmer,
): Pick<Engine, "completeUpload" | "storeSmallFile"> {
  return {
    async completeUpload(request) {
      const upload = await completeUpload(request);
      if (upload.purpose === "file") warmer.offer(upload);
      return upload;
    },
    async storeSmallFile(input) {
      const file = await storeSmallFile(input);
      warmer.offer(file);
      return file;
    },
  };
}
