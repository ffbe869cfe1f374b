/** The persistence port of instant upload. Every method is one transaction; refusals are `CoreError`. */
import type { Digests } from "../blobs/digest.ts";
import type { FileEntry } from "../drive/file-store.ts";
import type { Actor } from "../events.ts";
import type { Challenge } from "./challenge.ts";
import type { ConflictPolicy, Upload } from "./upload.ts";

/** Content as somebody names it. Which of the digests are known of a content decides which can be looked up. */
export interface NamedContent {
  readonly digests: Digests;
  /** Bytes, where the asker says so: then only content of this size is meant. */
  readonly size?: number;
}

export interface OwnContent {
  readonly blobId: string;
  readonly sha256: string;
  readonly size: number;
}

export type LinkOutcome =
  | { readonly kind: "linked"; readonly upload: Upload }
  /** There is no such content (any more), or it does not bear out what the upload claimed at its creation. */
  | { readonly kind: "bytes-needed" };

export interface LinkUpload {
  readonly uploadId: string;
  readonly sha256: string;
  readonly size: number;
  /** Nobody proved anything: only content that a file of the upload's owner holds. */
  readonly ownOnly: boolean;
  readonly fileId: string;
  readonly actor: Actor;
  readonly now: number;
}

export interface LinkOwnFile extends NamedContent {
  readonly ownerId: string;
  /** Throws `node-not-found`, `node-trashed` when it is not the owner's, or not there. */
  readonly parentId: string;
  readonly name: string;
  readonly mediaType: string | null;
  readonly onConflict: ConflictPolicy;
  readonly fileId: string;
  readonly actor: Actor;
  readonly now: number;
}

export interface InstantStore {
  /**
   * Content that a file of this owner has, in the trash too; undefined when none has it, or its SHA-256 is not known yet. Takes equally long
   * whether or not others have it.
   */
  findOwn(input: { ownerId: string } & NamedContent): Promise<OwnContent | undefined>;
  /** Keeps a challenge, in the place of an earlier one of the same upload that was not answered. */
  issue(challenge: Challenge): Promise<void>;
  /**
   * Takes a challenge to answer it, which succeeds once: undefined when it is unknown, another upload's, expired or taken before.
   * `attempts` counts the owner's answers for this content that were not granted, this one included.
   */
  take(input: {
    uploadId: string;
    nonce: string;
    now: number;
  }): Promise<{ challenge: Challenge; attempts: number } | undefined>;
  /**
   * One transaction: file entry over the content that exists, quota moved from reserved to used, upload `complete`, its ranges
   * forgotten, every writer fenced, event `upload.completed`. Never makes a blob. Throws `name-taken`, `quota-exceeded`, and the state's refusal when the upload is
   * not receiving.
   */
  link(input: LinkUpload): Promise<LinkOutcome>;
  /** A new file over content that another file of the owner holds; undefined when there is none. Event `file.stored`. Throws as `link`. */
  linkOwn(input: LinkOwnFile): Promise<FileEntry | undefined>;
  /** Forgets challenges that expired before `before`; returns how many. */
  purge(input: { before: number; limit: number }): Promise<number>;
}
