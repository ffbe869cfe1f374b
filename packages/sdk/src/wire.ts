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
  /** The folder that is to receive the file. */
  parentId: string;
  name: string;
  size: number | null;
  partSize: number;
  state: UploadState;
  /** Bytes durably held from 0 without a gap. */
  offset: number;
  /** Bytes durably held wherever they are. */
  receivedBytes: number;
  digests: Digests;
  /** Through which protocol it was begun. */
  dialect: string;
  /** In lists and from `getUpload`. */
  owner?: { id: string; name: string };
  /** Of an open upload, in lists and from `getUpload`: bodies coming in, and their speed over the last ten seconds. */
  live?: { senders: number; bytesPerSecond: number | null };
  createdAt: string;
  updatedAt: string;
  expiresAt: string;
  /** Numbers of the parts not wholly held; only for one upload, absent while the size is unknown. */
  missing?: number[];
  /** Set once complete. */
  file?: StoredFile;
}

export type EndedState = Extract<UploadState, "complete" | "aborted" | "expired" | "failed">;
export type UploadAction = "pause" | "resume" | "abort";

export interface CleanUpUploads {
  /** Failed, expired and aborted ones unless said. Files of complete ones stay. */
  states?: readonly EndedState[] | undefined;
  /** Only those that ended before; RFC 3339. */
  before?: string | undefined;
  /** Another account's id, or `all`: for administrators. */
  owner?: string | undefined;
}

export interface CleanedUp {
  removed: number;
  /** There may be more: ask again. */
  hasMore: boolean;
}

/** The API calls it `File`; the name differs here because browsers already have a `File`. */
export interface StoredFile {
  id: string;
  parentId: string | null;
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
  /** The folder; the root unless said. */
  parentId?: string;
  size?: number;
  digests?: Digests;
  partSize?: number;
  mediaType?: string;
  resumeKey?: string;
  onConflict?: OnConflict;
  durability?: Durability;
}

export type FetchState = "queued" | "fetching" | "complete" | "failed" | "cancelled";

/** An offline download. */
export interface Fetch {
  id: string;
  url: string;
  /** Null until the remote has answered. */
  name: string | null;
  /** Null is the root, also for a file whose folder was gone when it was complete. */
  parentId: string | null;
  state: FetchState;
  /** Bytes durably held. */
  receivedBytes: number;
  totalBytes: number | null;
  /** Tries since the last that made progress. */
  attempts: number;
  /** Why it failed; of a queued one, why the last try ended. */
  failure?: { code: string; detail: string };
  uploadId: string | null;
  fileId: string | null;
  createdAt: string;
  updatedAt: string;
}

/** A kept selection of files and folders, as one ZIP. */
export interface Archive {
  id: string;
  url: string;
  /** What to save it as. */
  name: string;
  entries: number;
  size: number;
  expiresAt: string;
}

export interface CreateFetch {
  /** http or https. */
  url: string;
  /** Default: what the remote calls it. */
  name?: string;
  /** The folder; the root unless said. */
  parentId?: string | null;
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
  /** Whether this account may have the server fetch a URL; absent on servers that do not say. */
  offlineDownloads?: { isAllowed: boolean; setting: string };
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

/** A file or folder of the drive. */
export interface DriveNode {
  id: string;
  kind: "file" | "folder";
  /** In whose drive it is: another's, when it is shared with one. Absent where a page makes a node of something else. */
  ownerId?: string;
  /** Null for the root and for what lies at the top of the trash. */
  parentId: string | null;
  name: string;
  createdAt: string;
  modifiedAt: string;
  starred: boolean;
  tags: string[];
  /** Files only, as are the next three. */
  size?: number;
  mediaType?: string | null;
  digests?: Digests;
  version?: number;
}

export interface NodeInPlace extends DriveNode {
  /** The folders above, from the root (whose name is empty) down. */
  path: { id: string; name: string }[];
  trashedAt: string | null;
}

export interface TrashedNode extends DriveNode {
  trashedAt: string;
  fromParentId: string;
}

export interface FileVersion {
  number: number;
  size: number;
  mediaType: string | null;
  digests: Digests;
  createdAt: string;
  isCurrent: boolean;
}

/** A copy or a deletion that takes longer than a request. */
export interface Job {
  id: string;
  kind: "copy" | "delete";
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  doneNodes: number;
  totalNodes: number;
  failure: string | null;
  /** Of what it made, once done. */
  ids: string[];
  createdAt: string;
  updatedAt: string;
}

/** Done at once, or begun. */
export type Outcome = { ids: string[]; job?: undefined } | { job: Job; ids?: undefined };

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

export type Role = "owner" | "admin" | "member" | "guest";
export type Scope = "files:read" | "files:write" | "account" | "admin" | "owner";

export interface User {
  id: string;
  name: string;
  role: Role;
  disabled: boolean;
  quotaBytes: number | null;
  usedBytes: number;
  reservedBytes: number;
  hasPassword: boolean;
  hasTotp: boolean;
  createdAt: string;
}

export interface Me extends User {
  /** What this session or token may do. */
  scopes: Scope[];
  recoveryCodesLeft: number;
}

export interface SignedIn {
  accessToken: string;
  refreshToken: string;
  /** Seconds. */
  expiresIn: number;
  user: User;
}

export interface ApiToken {
  id: string;
  name: string;
  scopes: Scope[];
  createdAt: string;
  expiresAt: string | null;
  usedAt: string | null;
}

export interface NewApiToken {
  name: string;
  scopes: Scope[];
  expiresAt?: string | null;
}

/** How one may sign in. */
export interface AuthOptions {
  signup: "first" | "open" | "closed";
  minPasswordChars: number;
  providers: { id: string; label: string }[];
}

/** One of an account's sessions. */
export interface SignedInDevice {
  id: string;
  isCurrent: boolean;
  method: string;
  address: string | null;
  userAgent: string | null;
  createdAt: string;
  refreshedAt: string;
  expiresAt: string;
}

export interface TotpSecret {
  secret: string;
  /** `otpauth://…`, for a QR code. */
  uri: string;
}

/** An account elsewhere that lets in here. */
export interface LinkedIdentity {
  id: string;
  provider: string;
  name: string | null;
  email: string | null;
  createdAt: string;
}

/** A one-time link. */
export interface Offer {
  token: string;
  url: string;
  expiresAt: string;
}

export interface Invitation {
  id: string;
  role: Role;
  quotaBytes: number | null;
  createdBy: string | null;
  createdAt: string;
  expiresAt: string;
}

export type ShareKind = "link" | "request" | "user";
/** `edit` puts things in, renames, moves and trashes what lies below. */
export type ShareRight = "view" | "edit";

/** What an account lets others reach: by a link, by a file request (a link that takes files), or a named account. */
export interface Share {
  id: string;
  kind: ShareKind;
  /** Null while it is in the trash (the share sleeps), or when it is gone. */
  node: { id: string; name: string; kind: "file" | "folder" } | null;
  /** Of links and requests; null as well after the server's keys were replaced. */
  url: string | null;
  hasPassword: boolean;
  expiresAt: string | null;
  /** Links only, as are the next two. */
  maxDownloads: number | null;
  downloads: number;
  /** Thumbnails and excerpts, but no content. */
  previewOnly: boolean;
  /** Requests only, as is the next: of all files together. */
  maxBytes: number | null;
  receivedBytes: number;
  /** Shares with an account only, as are the next two. */
  granteeId: string | null;
  /** Null as well when the account is gone. */
  granteeName: string | null;
  right: ShareRight | null;
  createdAt: string;
  updatedAt: string;
}

interface NewShareBase {
  nodeId: string;
  /** From then on there is nothing at the link. */
  expiresAt?: string | null | undefined;
}

export type NewShare =
  | (NewShareBase & {
      kind: "link";
      /** 6 characters at least. */
      password?: string | undefined;
      maxDownloads?: number | null | undefined;
      previewOnly?: boolean | undefined;
    })
  | (NewShareBase & {
      kind: "request";
      password?: string | undefined;
      maxBytes?: number | null | undefined;
    })
  | (NewShareBase & {
      kind: "user";
      /** Of the account. A second share of a node with one account changes the first. */
      name: string;
      right?: ShareRight | undefined;
    });

/** What a share of its kind has; null takes it away. A new password locks out whoever had unlocked it. */
export interface ShareChanges {
  password?: string | null | undefined;
  expiresAt?: string | null | undefined;
  maxDownloads?: number | null | undefined;
  previewOnly?: boolean | undefined;
  maxBytes?: number | null | undefined;
  right?: ShareRight | undefined;
}

/** Something that another shares with one. It is reached by its id, like what is one's own. */
export interface SharedWithMe {
  /** The share's, by which it is left. */
  id: string;
  ownerId: string;
  ownerName: string;
  right: ShareRight;
  sharedAt: string;
  expiresAt: string | null;
  node: DriveNode;
}

/** A line of a share's access log. */
export interface ShareLogLine {
  /** `share.created`, `.opened`, `.unlock-failed`, `.downloaded`, `.uploaded`, …; unknown kinds are to be ignored. */
  kind: string;
  actor: { accountId: string | null; address: string | null };
  data: Record<string, unknown>;
  at: string;
}

/** What visitors of a link are told of a file or folder. */
export interface LinkNode {
  id: string;
  kind: "file" | "folder";
  name: string;
  modifiedAt: string;
  /** Files only, as are the next two. */
  size?: number;
  mediaType?: string | null;
  version?: number;
}

/** What stands at a link: something to read, or a folder that takes files. */
export type VisitedLink =
  | {
      kind: "link";
      ownerName: string;
      expiresAt: string | null;
      node: LinkNode;
      previewOnly: boolean;
      /** Null: as many as one likes. */
      downloadsLeft: number | null;
    }
  | {
      kind: "request";
      ownerName: string;
      expiresAt: string | null;
      folderName: string;
      /** Null: as much as there is room for. */
      bytesLeft: number | null;
    };

/** A file on its way to whoever asked for it by a link. */
export interface LinkUpload {
  id: string;
  name: string;
  size: number;
  partSize: number;
  state: UploadState;
  offset: number;
  receivedBytes: number;
  /** Numbers of the parts not wholly held, while it is open. */
  missing?: number[];
  expiresAt: string;
}

export interface LinkFolder extends Page<LinkNode> {
  /** From what is shared to this folder, both included. */
  path: { id: string; name: string }[];
}

/** Who did what, when, from where. */
export interface AuditEvent {
  seq: number;
  kind: string;
  /** Whom it concerns. */
  accountId: string | null;
  actor: { accountId: string | null; address: string | null };
  subjectId: string | null;
  data: Record<string, unknown>;
  at: string;
}
