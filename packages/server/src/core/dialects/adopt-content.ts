/**
 * Instant upload for clients that can prove nothing: an upload of which no byte has come is completed by content that its owner
 * already has. Of anybody else's content it learns nothing and gets nothing.
 */
import type { BlobStore } from "../blobs/blob-store.ts";
import type { Capacity } from "../blobs/capacity.ts";
import type { Clock } from "../clock.ts";
import type { Actor } from "../events.ts";
import { newId } from "../ids.ts";
import type { ActiveUploads } from "../uploads/active.ts";
import type { InstantStore } from "../uploads/instant-store.ts";
import type { Upload } from "../uploads/upload.ts";

/** The completed upload; undefined when its owner has no such content, or bytes have come. */
export type AdoptContent = (request: {
  upload: Upload;
  actor: Actor;
}) => Promise<Upload | undefined>;

export function createAdoptContent({
  instant,
  blobs,
  active,
  capacity,
  clock,
  onCleanUpError,
}: {
  instant: Pick<InstantStore, "findOwn" | "link">;
  blobs: Pick<BlobStore, "staging">;
  active: Pick<ActiveUploads, "interrupt" | "forget">;
  capacity: Pick<Capacity, "release">;
  clock: Clock;
  onCleanUpError: (error: unknown) => void;
}): AdoptContent {
  return async ({ upload, actor }) => {
    const { id, ownerId, size, claimed, state, receivedBytes, purpose } = upload;
    if (state !== "receiving" || receivedBytes > 0 || size === null || purpose !== "file")
      return undefined;
    const own = await instant.findOwn({ ownerId, size, digests: claimed });
    if (!own) return undefined;
    await active.interrupt(id);
    const now = clock.now();
    const fileId = newId(now);
    const link = { uploadId: id, sha256: own.sha256, size, ownOnly: true, fileId, actor, now };
    const outcome = await instant.link(link);
    if (outcome.kind === "bytes-needed") return undefined;
    active.forget(id);
    capacity.release(id);
    blobs.staging.remove(id).catch(onCleanUpError);
    return outcome.upload;
  };
}
