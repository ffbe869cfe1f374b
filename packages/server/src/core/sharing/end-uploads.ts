import { isCoreError, type ErrorCode } from "../errors.ts";
import { systemActor, type Actor } from "../events.ts";
import type { Clock } from "../clock.ts";
import type { UploadLifecycle } from "../uploads/lifecycle.ts";
import type { ShareStore } from "./share-store.ts";

export interface EndUploads {
  /** What visitors were sending through a request that is over is of use to nobody: its bytes and its room are freed. */
  through(shareId: string, actor: Actor): Promise<void>;
  /** Housekeeping: the same of requests that ended with what they were for, and room of others that is held without a right to it. */
  tidy(): Promise<void>;
}

const tidiedAtOnce = 500;

/** It ended by itself meanwhile, or is being verified, which asks for the request once more. */
const settled: ErrorCode[] = [
  "superseded",
  "upload-complete",
  "upload-aborted",
  "upload-expired",
  "upload-failed",
  "upload-not-found",
];

export function createEndUploads({
  shares,
  lifecycle,
  clock,
}: {
  shares: Pick<ShareStore, "openUploads" | "strayUploads" | "releaseUploads">;
  lifecycle: Pick<UploadLifecycle, "abort">;
  clock: Clock;
}): EndUploads {
  const end = async (ids: readonly string[], actor: Actor): Promise<void> => {
    for (const id of ids) {
      try {
        await lifecycle.abort(id, actor);
      } catch (error) {
        if (!isCoreError(error, ...settled)) throw error;
      }
    }
  };
  return {
    through: async (shareId, actor) => end(await shares.openUploads(shareId), actor),
    async tidy() {
      await end(await shares.strayUploads(tidiedAtOnce), systemActor);
      await shares.releaseUploads(clock.now());
    },
  };
}
