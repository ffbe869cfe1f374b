/**
 * Instant upload for clients that can prove nothing: an upload of which no byte has come is completed by content that its owner
 * already has. Of anybody else's content it learns nothing and gets nothing.
 */
import type { BlobStore } from "../blobs/blob-store.ts";
import type { Capacity } from "../blobs/capacity.ts";
import type { Clock } from "../clock.ts";
import { newId } from "../ids.ts";
import type { ActiveUploads } from "../uploads/active.ts";
import type { UploadStore } from "../uploads/upload-store.ts";
import type { Upload } from "../uploads/upload.ts";
import type { TaskStore } from "./task-store.ts";

/** The completed upload; undefined when its owner has no such content, or bytes have come. */
export type AdoptContent = (upload: Upload) => Promise<Upload | undefined>;

export function createAdoptContent({
  uploads,
  tasks,
  blobs,
  active,
  capacity,
  clock,
  onCleanUpError,
}: {
  uploads: Pick<UploadStore, "transition" | "publish">;
  tasks: Pick<TaskStore, "findOwnContent">;
  blobs: Pick<BlobStore, "staging">;
  active: Pick<ActiveUploads, "interrupt" | "forget">;
  capacity: Pick<Capacity, "release">;
  clock: Clock;
  onCleanUpError: (error: unknown) => void;
}): AdoptContent {
  return async ({ id, ownerId, size, name, claimed, state, receivedBytes, purpose }) => {
    if (state !== "receiving" || receivedBytes > 0 || size === null || purpose !== "file")
      return undefined;
    const file = await tasks.findOwnContent({ ownerId, size, digests: claimed, name });
    if (!file) return undefined;
    await active.interrupt(id);
    const now = clock.now();
    const completing = await uploads.transition({ id, from: ["receiving"], to: "completing", now });
    if (!completing) return undefined;
    const back = (): Promise<unknown> =>
      uploads.transition({ id, from: ["completing"], to: "receiving", now: clock.now() });
    // Bytes that came in between are the client's own answer: they are published the ordinary way.
    if (completing.receivedBytes > 0) {
      await back();
      return undefined;
    }
    try {
      const outcome = await uploads.publish({
        uploadId: id,
        epoch: completing.epoch,
        digests: file.digests,
        size,
        blobId: newId(now),
        fileId: newId(now),
        now,
        storedName: null,
      });
      // The file has been deleted meanwhile, and its bytes with it.
      if (outcome.kind === "bytes-needed") {
        await back();
        return undefined;
      }
      active.forget(id);
      capacity.release(id);
      blobs.staging.remove(id).catch(onCleanUpError);
      return outcome.upload;
    } catch (error) {
      await back();
      throw error;
    }
  };
}
