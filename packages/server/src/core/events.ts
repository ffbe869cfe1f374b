/**
 * What happened, in business terms. One list of facts feeds the audit log, the live stream and, where configured, a broker: each event is
 * written in the transaction of the change that it reports, so neither exists without the other.
 *
 * To report a new fact of your subject:
 *
 *   1. add its kind to `EventKind` below: `subject.fact`, in the past tense;
 *   2. write one helper for it in `core/events/<subject>-events.ts` (see `upload-events.ts`): the one place that says what its data holds;
 *   3. call `recordEvents(db, [helper(…)])` in the write command that makes it true, after the last refusal;
 *   4. let the command take `actor: Actor` from the route (`actorOf(request)`); what the server does by itself passes `systemActor`;
 *   5. name it in docs/protocols/native.md: clients get it as a live event, the owner in the audit log, with nothing more to do.
 *
 * Parts and progress are no events: they are live notices (`core/events/live-notices.ts`), which nobody keeps.
 */

/** Who caused it, and from where. */
export interface Actor {
  /** Null: a visitor without an account, or the server itself. */
  readonly accountId: string | null;
  /** The client's address; null for the server's own work. */
  readonly address: string | null;
}

/** The server's own housekeeping. */
export const systemActor: Actor = { accountId: null, address: null };

/** `subject.fact`, in the past tense. Every subject adds its own here. */
export type EventKind =
  | "upload.created"
  | "upload.paused"
  | "upload.resumed"
  | "upload.completed"
  | "upload.aborted"
  | "upload.expired"
  | "upload.failed"
  | "uploads.forgotten"
  | "account.signed-up"
  | "account.signed-in"
  | "account.sign-in-failed"
  | "account.signed-out"
  | "account.password-changed"
  | "account.password-reset"
  | "account.reset-offered"
  | "account.role-changed"
  | "account.quota-changed"
  | "account.disabled"
  | "account.enabled"
  | "account.totp-enabled"
  | "account.totp-disabled"
  | "account.recovery-codes-made"
  | "account.recovery-code-used"
  | "account.identity-linked"
  | "account.identity-unlinked"
  | "session.revoked"
  | "session.refresh-reused"
  | "token.created"
  | "token.revoked"
  | "invitation.created"
  | "invitation.revoked"
  | "fetch.created"
  | "fetch.completed"
  | "fetch.failed"
  | "fetch.cancelled"
  | "file.stored"
  | "file.removed"
  | "node.created"
  | "node.replaced"
  | "node.renamed"
  | "node.moved"
  | "node.trashed"
  | "node.restored"
  | "node.deleted"
  | "node.starred"
  | "node.unstarred"
  | "node.tagged"
  | "version.deleted"
  | "share.created"
  | "share.changed"
  | "share.revoked"
  | "share.left"
  | "share.opened"
  | "share.unlock-failed"
  | "share.downloaded"
  | "share.uploaded"
  | "grant.created"
  | "grant.changed"
  | "grant.ended"
  | "trash.emptied";

export interface BusinessEvent {
  readonly kind: EventKind;
  /** Whose drive or account it concerns: who may see it in the live stream. */
  readonly accountId: string;
  readonly actor: Actor;
  /** The id of what it is about. */
  readonly subjectId: string | null;
  /** Plain JSON, small: what a reader needs to understand the line, never content, never a secret. */
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
  readonly at: number;
}

/** As read back. `seq` grows with each event and is never used twice. */
export interface RecordedEvent extends BusinessEvent {
  readonly seq: number;
}
