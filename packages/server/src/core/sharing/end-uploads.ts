import { isCoreError, type ErrorCode } from "../errors.ts";
import { systemActor, type Actor } from "../events.ts";
import type { Clock } from "../clock.ts";
import type { UploadLifecycle } from "../uploads/lifecycle.ts";
import type { ShareStore } from "./share-store.ts";

/**
 * What visitors were sending through a request that is over is of use to nobody: its bytes and its room are freed. The request is over whatever
 * becomes of that, so a fault is reported, and the rest left to `TidyUploads`.
 */
export type EndUploads = (shareId: string, actor: Actor) => Promise<void>;

/** Housekeeping: the same of requests that ended with what they were for, and room of others that is held without a right to it. */
export type TidyUploads = () => Promise<void>;

type Abort = Pick<UploadLifecycle, "abort">;

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
  onCleanUpError,
}: {
  shares: Pick<ShareStore, "openUploads">;
  lifecycle: Abort;
  onCleanUpError: (error: unknown) => void;
}): EndUploads {
  return async (shareId, actor) =>
    abortAll(lifecycle, { ids: await shares.openUploads(shareId), actor }).catch(onCleanUpError);
}

export function createTidyUploads({
  shares,
  lifecycle,
  clock,
}: {
  shares: Pick<ShareStore, "strayUploads" | "releaseUploads">;
  lifecycle: Abort;
  clock: Clock;
}): TidyUploads {
  return async () => {
    const ids = await shares.strayUploads(tidiedAtOnce);
    await abortAll(lifecycle, { ids, actor: systemActor });
    await shares.releaseUploads(clock.now());
  };
}

async function abortAll(
  lifecycle: Abort,
  { ids, actor }: { ids: readonly string[]; actor: Actor },
): Promise<void> {
  for (const id of ids) {
    try {
      await lifecycle.abort(id, actor);
    } catch (error) {
      if (!isCoreError(error, ...settled)) throw error;
    }
  }
}
