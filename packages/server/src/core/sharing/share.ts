/**
 * A share lets somebody else reach one node of a drive, and what lies below it.
 *
 * - `link`: whoever has the token reads. `request`: whoever has the token adds files and sees nothing. `user`: a named account reads or edits.
 * - A share is a row for as long as it may count: revoking deletes it. It counts while it has not expired, its owner may still use their drive,
 *   and the node is live in that drive. All of this is asked anew on every request, so there is nothing to be invalidated.
 * - A token is 128 bits that the server's secret makes of the share's id: the database holds its SHA-256 only, and the owner can still be shown
 *   the link again.
 */
export type ShareKind = "link" | "request" | "user";
export type GrantRight = "view" | "edit";

interface ShareFacts {
  readonly id: string;
  readonly ownerId: string;
  readonly nodeId: string;
  readonly expiresAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

interface TokenFacts extends ShareFacts {
  readonly tokenHash: string;
  readonly passwordHash: string | null;
  /** Raised whenever the password changes: what was unlocked before is locked again. */
  readonly passwordVersion: number;
}

export interface LinkShare extends TokenFacts {
  readonly kind: "link";
  readonly maxDownloads: number | null;
  readonly downloads: number;
  /** Thumbnails and excerpts, but no content. */
  readonly previewOnly: boolean;
}

export interface RequestShare extends TokenFacts {
  readonly kind: "request";
  /** Of all files together. */
  readonly maxBytes: number | null;
  readonly receivedBytes: number;
}

export interface UserShare extends ShareFacts {
  readonly kind: "user";
  readonly granteeId: string;
  readonly right: GrantRight;
}

export type VisitShare = LinkShare | RequestShare;
export type Share = VisitShare | UserShare;

export function isSpent({ maxDownloads, downloads }: LinkShare): boolean {
  return maxDownloads !== null && downloads >= maxDownloads;
}
