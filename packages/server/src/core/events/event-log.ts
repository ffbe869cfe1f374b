/**
 * The persistence port of what happened: read only, but for the purge; events are recorded by the write commands of their subjects.
 *
 * `seq` is the order in which changes were committed: whoever has read up to a seq has read everything before it, and nothing with a
 * smaller one appears later. A database with several writers must see to that (this is what makes a stream resumable by one number).
 */
import type { RecordedEvent } from "../events.ts";

export interface AuditQuery {
  readonly kind?: string;
  /** Who caused it. */
  readonly actorId?: string;
  /** Whose drive or account it concerns. */
  readonly accountId?: string;
  readonly subjectId?: string;
  /** Epoch milliseconds; from inclusive, to exclusive. */
  readonly from?: number;
  readonly to?: number;
  readonly limit: number;
  readonly cursor?: string;
}

export interface AuditPage {
  readonly items: RecordedEvent[];
  /** Null at the end. A page may be short, or empty, before that: a filter looks at a bounded number of events for each page. */
  readonly nextCursor: string | null;
}

export interface EventStretch {
  readonly events: RecordedEvent[];
  readonly reached: number;
}

export interface EventLog {
  /**
   * What concerns an account after `after`, oldest first, and how far that reaches: `after: reached` goes on from there. `gone` when events after it may have been purged, or when it is ahead of
   * everything recorded (a number from another database): then the reader must begin anew.
   */
  since(input: { accountId: string; after: number; limit: number }): Promise<EventStretch | "gone">;
  /** The seq recorded last; 0 before the first. */
  newest(): Promise<number>;
  /** Newest first. Cursors are stable while events are recorded. Throws `invalid-request` for a cursor that is not from here. */
  audit(query: AuditQuery): Promise<AuditPage>;
  /** Deletes the oldest events that are all older than `before`, at most `limit`; never the newest one, which keeps the count. */
  purge(input: { before: number; limit: number }): Promise<number>;
}
