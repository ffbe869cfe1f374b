/**
 * Has thumbnails made of pictures that have just been stored, before anybody asks. A hint, no promise: what it misses (a crash, a full
 * queue) is made when it is first asked for. Gathered, so that a batch of uploads costs one transaction more, not one each.
 */
import type { DerivedKey } from "./derived-store.ts";

export interface Warmer extends AsyncDisposable {
  /** By the media type that the sender named; the content is looked at when its turn comes. */
  offer(stored: { blobId: string | null; mediaType: string | null }): void;
}

const gatherMs = 300;
const maxGathered = 500;
const pictures = /^image\/(jpeg|png|webp|gif|avif)$/i;

export function createWarmer({
  warm,
  onError,
}: {
  warm: (keys: DerivedKey[]) => Promise<void>;
  onError: (error: unknown) => void;
}): Warmer {
  let gathered: DerivedKey[] = [];
  let timer: NodeJS.Timeout | undefined;
  let last: Promise<void> = Promise.resolve();

  const hand = (): void => {
    const keys = gathered;
    gathered = [];
    timer = undefined;
    last = warm(keys).catch(onError);
  };
  return {
    offer({ blobId, mediaType }) {
      if (blobId === null || mediaType === null || !pictures.test(mediaType)) return;
      if (gathered.length >= maxGathered) return;
      gathered.push({ blobId, kind: "image-256" });
      timer ??= setTimeout(hand, gatherMs).unref();
    },
    async [Symbol.asyncDispose]() {
      clearTimeout(timer);
      await last;
    },
  };
}
