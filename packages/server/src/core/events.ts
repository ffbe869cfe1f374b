/**
 * What happened, in business terms. One list of facts feeds the audit log, the live stream and, where configured, a broker: each event is
 * written in the transaction of the change that it reports, so neither exists without the other.
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
  | "upload.completed"
  | "upload.aborted"
  | "upload.expired"
  | "upload.failed"
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
