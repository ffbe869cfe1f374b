/** The persistence port of shares. Every method is one transaction; one that returns has committed durably. */
import type { Role } from "../accounts/role.ts";
import type { Page, PageQuery } from "../drive/node-store.ts";
import type { Actor, EventKind } from "../events.ts";
import type { GrantRight, Share, UserShare, VisitShare } from "./share.ts";

interface Change {
  readonly actor: Actor;
  readonly now: number;
}

/** A share as a visitor's token finds it, with what its owner may still do. */
export interface FoundShare {
  readonly share: VisitShare;
  readonly owner: { readonly name: string; readonly role: Role; readonly isDisabled: boolean };
}

/** Only what is named changes. A new password hash, or null, raises the version of the password. */
export interface ShareChanges {
  readonly passwordHash?: string | null;
  readonly expiresAt?: number | null;
  readonly maxDownloads?: number | null;
  readonly previewOnly?: boolean;
  readonly maxBytes?: number | null;
  readonly right?: GrantRight;
}

export interface Grant {
  readonly share: UserShare;
  readonly ownerName: string;
}

/** What a visitor did that changes nothing but the log. */
export type VisitKind = Extract<EventKind, "share.opened" | "share.unlock-failed">;

export interface ShareStore {
  /** A second share of a node with the same account takes the first one's place: the answer has that one's id. */
  create(input: { share: Share } & Change): Promise<Share>;
  find(id: string): Promise<Share | undefined>;
  findByTokenHash(hash: string): Promise<FoundShare | undefined>;
  /** Newest first. */
  list(input: { ownerId: string; nodeId?: string } & PageQuery): Promise<Page<Share>>;
  /** Undefined when there is none of this owner. */
  change(
    input: { id: string; ownerId: string; changes: ShareChanges } & Change,
  ): Promise<Share | undefined>;
  /** False when there was none of this owner. */
  revoke(input: { id: string; ownerId: string } & Change): Promise<boolean>;
  /** The account that it is shared with gives it up. False when it is not shared with them. */
  leave(input: { id: string; granteeId: string } & Change): Promise<boolean>;
  /**
   * Counts one download: exactly as many as allowed are `taken`, however many ask at once. `gone` when the share was revoked, expired or given another
   * password meanwhile.
   */
  takeDownload(
    input: { id: string; passwordVersion: number; data: { name: string; nodeId: string } } & Change,
  ): Promise<"taken" | "spent" | "gone">;
  /** Sets bytes of a request aside, under the same rule as `takeDownload`. */
  takeBytes(input: {
    id: string;
    passwordVersion: number;
    bytes: number;
    now: number;
  }): Promise<"taken" | "spent" | "gone">;
  returnBytes(input: { id: string; bytes: number }): Promise<void>;
  /** Uploads through a request that have not ended. */
  openUploads(id: string): Promise<readonly string[]>;
  /** Some of those whose request is gone. */
  strayUploads(limit: number): Promise<readonly string[]>;
  /** Whoever sends to where they may no longer add pays for it themselves from now on; how many uploads that were. */
  releaseUploads(now: number): Promise<number>;
  recordUpload(input: { id: string; data: { name: string; size: number } } & Change): Promise<void>;
  recordVisit(input: { id: string; kind: VisitKind } & Change): Promise<void>;
  /** Grants to an account that have not expired, of owners who are not disabled; newest first. */
  grantsTo(input: { accountId: string; now: number } & PageQuery): Promise<Page<Grant>>;
  /** The owners of all of them. */
  ownersSharing(input: { accountId: string; now: number }): Promise<readonly string[]>;
  /** Those of them that name one of these nodes. */
  grantsOn(input: {
    accountId: string;
    nodeIds: readonly string[];
    now: number;
  }): Promise<readonly UserShare[]>;
}
