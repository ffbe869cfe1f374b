import { isCoreError, type ErrorCode } from "../errors.ts";
import type { Actor } from "../events.ts";
import type { UploadLifecycle } from "../uploads/lifecycle.ts";
import type { ShareStore } from "./share-store.ts";

/** What visitors were sending through a request that is over is of use to nobody: its bytes and its room are freed. */
export type EndUploads = (shareId: string, actor: Actor) => Promise<void>;

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
}: {
  shares: Pick<ShareStore, "openUploads">;
  lifecycle: Pick<UploadLifecycle, "abort">;
}): EndUploads {
  return async (shareId, actor) => {
    for (const id of await shares.openUploads(shareId)) {
      try {
        await lifecycle.abort(id, actor);
      } catch (error) {
        if (!isCoreError(error, ...settled)) throw error;
      }
    }
  };
}
