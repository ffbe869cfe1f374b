/** The shapes of the native API, `/api/v1`, exactly as they travel. */

export type UploadState =
  | "receiving"
  | "paused"
  | "completing"
  | "complete"
  | "aborted"
  | "expired"
  | "failed";

export type OnConflict = "fail" | "keep-both" | "replace";
export type Durability = "strict" | "balanced" | "relaxed";

/** Lower-case hex. */
export interface Digests {
  sha256?: string;
  md5?: string;
  sha1?: string;
}

export interface Upload {
  id: string;
  name: string;
  size: number | null;
  partSize: number;
  state: UploadState;
  /** Bytes durably held from 0 without a gap. */
  offset: number;
  /** Bytes durably held wherever they are. */
  receivedBytes: number;
  digests: Digests;
  dialect: string;
  createdAt: string;
  updatedAt: string;
  expiresAt: string;
  /** Numbers of the parts not wholly held; only for one upload, absent while the size is unknown. */
  missing?: number[];
  /** Set once complete. */
  file?: StoredFile;
}

/** The API calls it `File`; the name differs here because browsers already have a `File`. */
export interface StoredFile {
  id: string;
  name: string;
  size: number;
  /** Null when nobody said. */
  mediaType: string | null;
  /** `sha256` is absent only while a joined file's identity is still being computed. */
  digests: Digests;
  createdAt: string;
  modifiedAt: string;
  version: number;
}

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

export interface CreateUpload {
  name: string;
  size?: number;
  digests?: Digests;
  partSize?: number;
  mediaType?: string;
  resumeKey?: string;
  onConflict?: OnConflict;
  durability?: Durability;
}

/** Whose content may become a file without its bytes being sent again. */
export type InstantScope = "site" | "user" | "off";

/** To be answered with HMAC-SHA-256: the nonce is the key, the ranges' bytes in order are the message. */
export interface Challenge {
  /** 32 bytes in hex. */
  nonce: string;
  ranges: { start: number; length: number }[];
  expiresAt: string;
}

/** Without a challenge the upload is complete: a file of yours had this content. */
export interface Challenged {
  upload: Upload;
  challenge: Challenge | null;
}

export interface PartReceipt {
  start: number;
  length: number;
  offset: number;
  receivedBytes: number;
}

export interface ServerInfo {
  version: string;
  limits: ServerLimits;
  durability: Durability;
  /** Absent on servers that know nothing of instant upload. */
  instant?: InstantScope;
  account: { quotaBytes: number | null; usedBytes: number; reservedBytes: number };
}

export interface ServerLimits {
  maxFileBytes: number;
  maxPartBytes: number;
  maxParts: number;
  defaultPartBytes: number;
  maxBatchFiles: number;
  maxBatchBytes: number;
  maxBatchFileBytes: number;
}

export interface Health {
  status: string;
  checks: Record<string, unknown>;
}

export interface Check {
  id: string;
  state: "running" | "done" | "failed";
  checkedBlobs: number;
  checkedBytes: number;
  totalBlobs: number;
  problems: { blob: string; problem: string }[];
}

/** One event of the live stream. */
export interface LiveEvent {
  /** Null for progress, which is not kept; `ready` and `reset` have the id from where on events follow. */
  id: number | null;
  /** `upload.completed`, `file.stored`, …; unknown kinds are to be ignored. */
  kind: string;
  /** What it is about: an upload's or a file's id. */
  subjectId: string | null;
  /** The account that caused it; null for the server itself, and for visitors. */
  actorId: string | null;
  at: string | null;
  data: Record<string, unknown>;
}
