/**
 * The one relational schema, in types. It keeps to what SQLite, MySQL and PostgreSQL share: ids are made in the application, times are
 * epoch milliseconds, JSON is text, flags are 0 or 1, and name keys are compared byte by byte.
 *
 * Columns that are null outside a phase (`expiry_hour`, `resume_slot`, `annex_of`, `request_bound`, `ended_at`, `due_at`, `unique_key`) keep their index small and
 * unique constraints limited to that phase, without partial indexes, which MySQL lacks.
 */
import type { Generated, Kysely } from "kysely";
import type { Role } from "../core/accounts/role.ts";
import type { EventKind } from "../core/events.ts";
import type { DriveSchema } from "./schema/drive.ts";
import type { DialectTasksTable } from "./schema/dialects.ts";
import type { StoredKind } from "../core/blobs/manifest.ts";
import type {
  ConflictPolicy,
  Durability,
  UploadPurpose,
  UploadState,
} from "../core/uploads/upload.ts";
import type { PeopleSchema } from "./schema/people.ts";
import type { DerivedSchema } from "./schema/derived.ts";
import type { FetchesSchema } from "./schema/fetches.ts";
import type { ArchiveSchema } from "./schema/archive.ts";
import type { InstantSchema } from "./schema/instant.ts";
import type { SharingSchema } from "./schema/sharing.ts";

export interface AccountsTable {
  id: string;
  name: string;
  quota_bytes: number | null;
  used_bytes: number;
  reserved_bytes: number;
  open_uploads: number;
  created_at: number;
  role: Role;
  /** The name as it is compared; null while nobody can sign in by it. */
  login_key: string | null;
  disabled_at: number | null;
}

export interface TokensTable {
  id: string;
  account_id: string;
  /** SHA-256 of the token, hex. */
  hash: string;
  created_at: number;
  /** The owner's own, in the data folder, or one that its account made. */
  kind: "owner" | "api";
  name: string;
  /** JSON. */
  scopes: string;
  expires_at: number | null;
  used_at: number | null;
}

export interface UploadsTable {
  id: string;
  owner_id: string;
  dialect: string;
  purpose: UploadPurpose;
  /** The folder that is to receive the file. */
  parent_id: string;
  name: string;
  media_type: string | null;
  metadata: string | null;
  size: number | null;
  part_size: number;
  state: UploadState;
  epoch: number;
  offset: number;
  received_bytes: number;
  /** Whose quota holds room for it, where that is not its owner's: it is for a folder of theirs. */
  charged_id: string | null;
  /** The file request through which a visitor sends it; its owner is the request's. */
  share_id: string | null;
  /** This upload's share of `reserved_bytes` of whom it is charged to. */
  reserved_bytes: number;
  claimed: string;
  on_conflict: ConflictPolicy;
  durability: Durability;
  resume_key: string | null;
  /** The upload that this open annex belongs to, by which it also expires. */
  annex_of: string | null;
  /** 1 while open, if it is of one request and ends with that. */
  request_bound: number | null;
  /** Digest of (resume key, folder, name, size as declared) while open: one open upload for each. */
  resume_slot: string | null;
  auto_complete: number;
  failure: string | null;
  blob_id: string | null;
  file_id: string | null;
  created_at: number;
  updated_at: number;
  expires_at: number;
  /** `expires_at` in whole hours while open. Coarse, so that the index is not rewritten by every range. */
  expiry_hour: number | null;
  ended_at: number | null;
}

/** Half-open, disjoint within an upload. */
export interface UploadRangesTable {
  upload_id: string;
  start: number;
  end: number;
  crc32: number | null;
}

export interface BlobsTable {
  id: string;
  size: number;
  /** Null while a joined blob awaits `identify-blob`. */
  sha256: string | null;
  sha1: string | null;
  md5: string | null;
  /** That of ZIP; null until an archive or the small-file lane has computed it. */
  crc32: number | null;
  created_at: number;
  /** Since when nothing refers to it. */
  orphaned_at: number | null;
}

export interface StoredFilesTable {
  name: string;
  kind: StoredKind;
  length: number;
  /** Sum of the lengths of its segments; steers compaction only, deletion asks the segments themselves. */
  live_bytes: number;
  created_at: number;
  tombstone_at: number | null;
}

export interface SegmentsTable {
  blob_id: string;
  position: number;
  stored: string;
  offset: number;
  length: number;
}

export interface JobsTable {
  id: string;
  kind: string;
  payload: string;
  /** Null once dead: a new job may take the key. */
  unique_key: string | null;
  state: "ready" | "running" | "dead";
  attempt: number;
  max_attempts: number;
  /** When it may be claimed: `runAt`, or the end of the lease. Null once dead. */
  due_at: number | null;
  error: string | null;
  created_at: number;
}

export interface EventsTable {
  seq: Generated<number>;
  kind: EventKind;
  /** Whose drive or account it concerns. */
  account_id: string;
  /** Null: a visitor, or the server itself. */
  actor_id: string | null;
  address: string | null;
  subject_id: string | null;
  data: string;
  at: number;
}

export interface Schema
  extends
    PeopleSchema,
    DriveSchema,
    SharingSchema,
    InstantSchema,
    FetchesSchema,
    DerivedSchema,
    ArchiveSchema {
  accounts: AccountsTable;
  tokens: TokensTable;
  uploads: UploadsTable;
  upload_ranges: UploadRangesTable;
  blobs: BlobsTable;
  stored_files: StoredFilesTable;
  segments: SegmentsTable;
  jobs: JobsTable;
  events: EventsTable;
  dialect_tasks: DialectTasksTable;
}

/** A connection, or the transaction in which a store's function runs. */
export type Db = Kysely<Schema>;
