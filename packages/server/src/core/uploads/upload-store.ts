/**
 * The persistence port of uploads. Every method is one transaction; a method that returns has committed durably.
 * Methods throw `CoreError` for refusals and anything else for faults.
 */
import type { Digests } from "../blobs/digest.ts";
import type { ManifestSegment } from "../blobs/manifest.ts";
import type { Actor } from "../events.ts";
import type {
  ConflictPolicy,
  endedStates,
  HeldRange,
  Range,
  Upload,
  UploadState,
} from "./upload.ts";

export type NewUpload = Omit<
  Upload,
  | "state"
  | "epoch"
  | "offset"
  | "receivedBytes"
  | "failure"
  | "blobId"
  | "fileId"
  | "updatedAt"
  | "chargedId"
  | "shareId"
> & { readonly actor: Actor; readonly through?: ThroughRequest; readonly oneRequest?: boolean };

/** A visitor of a file request sends it, for the request's owner. */
export interface ThroughRequest {
  readonly shareId: string;
  /** As the visitor found it: another password since then, and nothing begins. */
  readonly passwordVersion: number;
  /** Of the request's visitors together. */
  readonly maxOpenUploads: number;
}

export interface ListUploads {
  /** Null: everybody's. */
  readonly ownerId: string | null;
  /** Without: the open ones. */
  readonly states?: readonly UploadState[];
  readonly dialect?: string;
  /** A part of the name, in any case. */
  readonly name?: string;
  /** Begun then or later; epoch ms. */
  readonly from?: number;
  /** Begun before. */
  readonly to?: number;
  readonly limit: number;
  readonly cursor?: string;
}

/** By dialect or name a page may hold fewer than the limit, or none, before the end: `nextCursor` says whether there may be more. */
export interface UploadPage {
  readonly items: Upload[];
  readonly nextCursor: string | null;
}

/** Where a file goes. */
export interface UploadTarget {
  readonly parentId: string;
  readonly name: string;
  readonly onConflict: ConflictPolicy;
}

/** What becomes of verified bytes: a new stored file (`new`), or the segments of partials that are joined. */
export interface Publication {
  readonly uploadId: string;
  readonly epoch: number;
  readonly digests: Digests;
  readonly size: number;
  /** Id for the new blob, unless equal content exists already. */
  readonly blobId: string;
  readonly fileId: string;
  readonly actor: Actor;
  readonly now: number;
  /** The stored file that `blobs/` now holds, or null when the caller found the content already there. */
  readonly storedName: string | null;
  /** The content in order, where it does not lie in one stretch: over stored files that `blobs/` now holds, of these lengths. */
  readonly assembled?: {
    readonly segments: readonly ManifestSegment[];
    readonly storedLengths: ReadonlyMap<string, number>;
  };
}

export type EndedState = (typeof endedStates)[number];

export interface ForgetEnded {
  /** Null: everybody's. */
  readonly ownerId: string | null;
  readonly states: readonly EndedState[];
  /** Only those that ended before. */
  readonly before?: number;
  readonly limit: number;
  readonly actor: Actor;
  readonly now: number;
}

export interface ForgottenUpload {
  readonly upload: Upload;
  /** What another family's client called it. */
  readonly key: string | null;
}

export type PublishOutcome =
  | {
      readonly kind: "published";
      readonly upload: Upload;
      /** false: equal content existed, the new bytes are not needed */ readonly usedNewBytes: boolean;
    }
  /** `storedName` was null and the blob that was there has gone meanwhile: link the bytes and call again. */
  | { readonly kind: "bytes-needed" };

export interface UploadStore {
  /**
   * Inserts and reserves quota by one conditional UPDATE. With `resumeKey`, an open upload of the same owner, key,
   * folder, name and size is returned instead (`created: false`). Throws `quota-exceeded`, `too-many-uploads`, and of its folders
   * `node-not-found`, `not-a-folder`, `node-trashed`, `name-taken`, `too-deep`.
   *
   * A folder that is shared with the owner for editing will do as well: then the room is reserved with the folder's owner. Throws
   * `share-right-missing`, `shared-folder-full`; `through` a file request `shared-link-not-found`, `request-full`, `too-many-uploads`.
   */
  create(input: {
    upload: NewUpload;
    maxOpenUploads: number;
    /** Folders below `parentId` to make where they are not there; the last of them receives the file. */
    folders?: readonly string[];
  }): Promise<{ upload: Upload; created: boolean }>;
  find(id: string): Promise<Upload | undefined>;
  /** Newest first, without annexes. */
  list(input: ListUploads): Promise<UploadPage>;
  /** The open annexes of uploads, by the uploads' ids. */
  annexes(ids: readonly string[]): Promise<ReadonlyMap<string, Upload>>;
  /** Open annexes whose upload has ended. */
  strayAnnexes(input: { limit: number }): Promise<Upload[]>;
  /** Ascending by start, not overlapping, merged where they touch and carry no CRC. */
  ranges(id: string): Promise<HeldRange[]>;
  /**
   * Adds held ranges `WHERE epoch = current AND state = receiving`; throws `superseded` when fenced. Extends `expiresAt`.
   * `size` fixes an unknown size (and reserves the quota for it; reservations of unsized uploads grow with their ranges).
   * With `thenComplete`, moves to `completing` (epoch + 1) in the same commit if everything is now held.
   */
  recordRanges(input: {
    id: string;
    epoch: number;
    ranges: HeldRange[];
    size?: number;
    thenComplete?: boolean;
    now: number;
    expiresAt: number;
  }): Promise<Upload>;
  /** Forgets ranges that proved not to be there (recovery, repair) and lowers offset and receivedBytes. Raises the epoch. */
  dropRanges(input: { id: string; keep: HeldRange[]; now: number }): Promise<Upload>;
  /** Forgets the bytes in `range`, so that others can take their place; what else is held stays. Raises the epoch. */
  dropRange(input: { id: string; range: Range; now: number }): Promise<Upload>;
  /** Raises the epoch so that earlier writers are fenced. Throws `superseded` if `epoch` is not current. */
  takeOver(input: { id: string; epoch: number; now: number }): Promise<Upload>;
  /**
   * Compare-and-set of the state; undefined when the row is not in one of `from` (the caller reads again and decides).
   * Ends (`aborted`, `expired`, `failed`) release the reservation and delete the ranges.
   */
  transition(input: {
    id: string;
    from: readonly UploadState[];
    to: UploadState;
    actor: Actor;
    now: number;
    failure?: string;
    /** also declare the size (complete of an unsized upload) */
    size?: number;
    /** only if it expires by then: bytes that were acknowledged meanwhile have put it off */
    expiredBy?: number;
    /** also replace the claims (those made at completion must hold when start-up redoes it) */
    claimed?: Digests;
    /** also choose another place for the file */
    target?: Partial<UploadTarget>;
  }): Promise<Upload | undefined>;
  /**
   * One transaction: blob (or the equal one that exists), segment, file entry by `onConflict`, quota moved from reserved to
   * used, upload `complete`. Whether its owner may add to the folder is asked in this transaction. Throws `name-taken`, `parent-gone`,
   * `superseded`, `share-right-missing`, `shared-folder-full`, `shared-link-not-found`.
   */
  publish(input: Publication): Promise<PublishOutcome>;
  /**
   * tus concatenation: creates a complete upload and file over the segments of finished partials of the same owner, in order,
   * without touching bytes, and enqueues job `identify-blob` in the same transaction (the joined content's SHA-256 is not known yet).
   * Throws `upload-not-found` (unknown or foreign partial), `upload-incomplete` (unfinished partial), `name-taken`, `quota-exceeded`.
   */
  join(input: {
    upload: NewUpload;
    partialIds: string[];
    /** Below the upload's folder, made where they are not there. */
    folders?: readonly string[];
    blobId: string;
    fileId: string;
    now: number;
  }): Promise<Upload>;
  /** Uploads that start-up must look at: `completing` ones, and every open one with `durability` ≠ strict. */
  unsettled(): Promise<Upload[]>;
  /** Every open upload, in pages by id, with the highest byte its ranges claim (0 when none). For recovery. */
  openExtents(input: {
    after: string;
    limit: number;
  }): Promise<{ id: string; highestByte: number; reservedBytes: number }[]>;
  /** Uploads of one request each that is not at work any more, once the process that had it is gone. */
  requestBound(input: { limit: number }): Promise<Upload[]>;
  /** Open uploads past `expiresAt`. */
  expired(input: { now: number; limit: number }): Promise<Upload[]>;
  /** Deletes the records of ended uploads, oldest or not; what they made stays. Answers them, with their tasks' keys. */
  forgetEnded(input: ForgetEnded): Promise<ForgottenUpload[]>;
  /** Deletes ended uploads last touched before `before` (partials that are still referenced by nothing else included). */
  purgeEnded(input: { before: number; limit: number }): Promise<number>;
}
