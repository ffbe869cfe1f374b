/**
 * Progress: worth showing while someone looks, not worth keeping. A notice about a subject replaces the one before it, and any may be lost;
 * what must not be lost is an event.
 */
import { createListeners } from "./listeners.ts";

export type LiveNotice =
  | {
      readonly kind: "upload.progress";
      readonly subjectId: string;
      readonly data: {
        readonly offset: number;
        readonly receivedBytes: number;
        readonly size: number | null;
      };
    }
  | {
      readonly kind: "job.progress";
      readonly subjectId: string;
      readonly data: { readonly done: number; readonly total: number | null };
    };

export interface LiveNotices {
  /** Cheap when nobody listens. */
  publish(accountId: string, notice: LiveNotice): void;
  /** `listener` must not throw. Returns how to end it. */
  subscribe(accountId: string, listener: (notice: LiveNotice) => void): () => void;
}

export function createLiveNotices(): LiveNotices {
  const { tell: publish, add: subscribe } = createListeners<LiveNotice>();
  return { publish, subscribe };
}
