/**
 * The persistence port of derived blobs: what was made out of a blob, or that nothing can be. A derived blob is a blob like any other,
 * shared with equal content, kept by this row, and of no account's quota. The row goes with the blob that it was made from.
 */
import type { PreviewKind, PreviewRefusal } from "./previewer.ts";

export type Derived =
  | { readonly state: "made"; readonly blobId: string; readonly size: number }
  | { readonly state: "impossible"; readonly reason: PreviewRefusal };

export interface DerivedKey {
  /** The blob it is made from. */
  readonly blobId: string;
  readonly kind: PreviewKind;
}

export interface DerivedStore {
  find(key: DerivedKey): Promise<Derived | undefined>;
  /**
   * Enqueues a job for each that is neither there nor waited for already. While `maxWaiting` jobs wait, more are not taken.
   * Returns how many of the keys are there or waited for now.
   */
  request(input: { keys: DerivedKey[]; maxWaiting: number; now: number }): Promise<number>;
  /**
   * Publishes what was made. `bytes-needed`: `segment` was null, or its pack is going away, and no equal blob exists. `source-gone`: the blob
   * it was made from was collected meanwhile.
   */
  publish(
    input: DerivedKey & {
      derivedId: string;
      size: number;
      sha256: string;
      segment: { stored: string; offset: number } | null;
      pack: { stored: string; length: number } | null;
      now: number;
    },
  ): Promise<"published" | "bytes-needed" | "source-gone">;
  /** Notes that there will be none. */
  refuse(input: DerivedKey & { reason: PreviewRefusal; now: number }): Promise<void>;
}

/** The job that makes one; its payload is `DerivedKey` as JSON. */
export const makePreviewJob = "make-preview";
