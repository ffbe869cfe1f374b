/**
 * An upload: a transfer in progress, owned, resumable, durable in every state.
 *
 *   receiving  → paused | completing | aborted | expired | failed    bytes are accepted
 *   paused     → receiving | completing | aborted | expired | failed refuses bytes; survives restart
 *   completing → complete | receiving | failed                       every byte is held; being verified and published
 *   complete, aborted, expired, failed                               ends
 *
 * `completing → receiving` happens when verification refuses (a digest mismatch is repairable). A crash leaves
 * `completing` rows, which start-up redoes. Every transition is a compare-and-set on `(state, epoch)`
 * and raises `epoch`, so a writer that held the old epoch is fenced: its ranges are no longer recorded.
 */
import type { Digests } from "../blobs/digest.ts";
import { CoreError } from "../errors.ts";

export type UploadState =
  | "receiving"
  | "paused"
  | "completing"
  | "complete"
  | "aborted"
  | "expired"
  | "failed";
export const openStates = ["receiving", "paused", "completing"] as const satisfies UploadState[];
export const endedStates = [
  "complete",
  "aborted",
  "expired",
  "failed",
] as const satisfies UploadState[];

/** When a range is acknowledged: after write, after write with a recorded CRC, or after fdatasync. See docs/decisions. */
export type Durability = "relaxed" | "balanced" | "strict";
/**
 * `keep-distinct` is `keep-both`, except that equal content under the name stays the one file that it is: for families whose clients
 * send a file again without thinking and know of no conflicts.
 */
export type ConflictPolicy = "fail" | "keep-both" | "keep-distinct" | "replace";

/**
 * What the bytes become: a file of its own, or a part that a later tus "final" upload joins. An annex holds bytes of another upload that
 * do not fit into its own places: nobody sees it, it is no upload of its own to any quota of uploads, and it shares the other's fate.
 */
export type UploadPurpose = "file" | "partial" | "annex";

export interface Upload {
  readonly id: string;
  readonly ownerId: string;
  readonly dialect: string;
  readonly purpose: UploadPurpose;
  /** The folder that is to receive the file; its owner's id for the root. It may lie in a drive that is shared with the owner. */
  readonly parentId: string;
  readonly name: string;
  readonly mediaType: string | null;
  /** Opaque to the core: a dialect's own facts (tus Upload-Metadata), at most 16 KiB. */
  readonly metadata: string | null;
  /** Bytes; null while the end is not known. */
  readonly size: number | null;
  readonly partSize: number;
  readonly state: UploadState;
  readonly epoch: number;
  /** Bytes durably held from 0 without a gap. */
  readonly offset: number;
  /** Bytes durably held anywhere. */
  readonly receivedBytes: number;
  /** Claims about the whole content, checked at completion. */
  readonly claimed: Digests;
  readonly onConflict: ConflictPolicy;
  readonly durability: Durability;
  readonly resumeKey: string | null;
  /** The upload that this is an annex of, while both are open; null for any other. */
  readonly annexOf: string | null;
  /** Complete by itself once every byte is held (tus, append with a declared end). */
  readonly autoComplete: boolean;
  readonly failure: string | null;
  /** The published blob and file, once complete (a partial has a blob and no file). */
  readonly blobId: string | null;
  readonly fileId: string | null;
  /** Whose quota holds room for it: the owner of the folder, while its own owner may add to that. */
  readonly chargedId: string;
  /** The file request through which a visitor sends it: its owner is the request's. */
  readonly shareId: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly expiresAt: number;
}

/** Half-open stretch of bytes `[start, end)`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A durably held range; `crc32` only where durability is `balanced`, for recovery to re-verify. */
export interface HeldRange extends Range {
  readonly crc32: number | null;
}

export function isOpen(upload: Upload): boolean {
  return (openStates as readonly UploadState[]).includes(upload.state);
}

/** Bytes that lie in the annex have been received like any other. */
export function withAnnex(upload: Upload, annex: Upload | undefined): Upload {
  if (!annex) return upload;
  return { ...upload, receivedBytes: upload.receivedBytes + annex.receivedBytes };
}

/** Bytes that are still to come; 0 while nobody knows how many. */
export function awaitedBytes({ size, receivedBytes }: Upload): number {
  return size === null ? 0 : size - receivedBytes;
}

/** Throws the refusal that a byte-bearing request must get in this state; returns for `receiving`. */
export function assertReceiving(upload: Upload): void {
  const { id, state } = upload;
  switch (state) {
    case "receiving":
      return;
    case "paused":
      throw new CoreError("upload-paused", { id });
    case "completing":
    case "complete":
      throw new CoreError("upload-complete", { id });
    case "aborted":
      throw new CoreError("upload-aborted", { id });
    case "expired":
      throw new CoreError("upload-expired", { id });
    case "failed":
      throw new CoreError("upload-failed", { id, reason: upload.failure ?? "unknown" });
  }
}
