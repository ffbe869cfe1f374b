import { sql } from "kysely";
import type { Selectable } from "kysely";
import type { AuditPage, AuditQuery, EventStretch } from "../../core/events/event-log.ts";
import type { BusinessEvent, EventKind, RecordedEvent } from "../../core/events.ts";
import type { Db, EventsTable } from "../schema.ts";
import { formatCursor, parseCursor } from "./cursor.ts";
import { findEnds } from "./event-ends.ts";
import { findWindow } from "./event-window.ts";
import { prepared } from "./prepared.ts";

export async function eventsSince(
  db: Db,
  { accountId, after, limit }: { accountId: string; after: number; limit: number },
): Promise<EventStretch | "gone"> {
  const newest = await newestEvent(db);
  const { rows } = await selectSince(db, { accountId, after, limit });
  // Asked after the events were read: what is not purged by now was not purged then.
  const oldest = (await findEnds(db))?.oldest ?? 1;
  if (after > newest || after < oldest - 1) return "gone";
  const last = rows.at(-1)?.seq ?? after;
  return {
    events: rows.map(toEvent),
    reached: rows.length < limit ? Math.max(newest, last) : last,
  };
}

export async function newestEvent(db: Db): Promise<number> {
  return (await findEnds(db))?.newest ?? 0;
}

const selectSince = prepared(
  (db, { accountId, after, limit }: { accountId: string; after: number; limit: number }) =>
    db
      .selectFrom("events")
      .selectAll()
      .where("account_id", "=", accountId)
      .where("seq", ">", after)
      .orderBy("seq")
      .limit(limit),
);

export async function auditEvents(db: Db, query: AuditQuery): Promise<AuditPage> {
  const { limit, cursor, kind, actorId, accountId, subjectId, from, to } = query;
  const before = cursor === undefined ? undefined : parseCursor(cursor, ["number"])[0];
  const window = await findWindow(db, { query, before });
  if (window === undefined) return { items: [], nextCursor: null };
  let events = db
    .selectFrom("events")
    .selectAll()
    .where("seq", ">=", window.start)
    .where("seq", "<", window.end);
  // With a subject, its index is the one to use; an expression keeps the database from choosing the account's.
  if (subjectId !== undefined) events = events.where("subject_id", "=", subjectId);
  if (accountId !== undefined)
    events =
      subjectId === undefined
        ? events.where("account_id", "=", accountId)
        : events.where(sql`coalesce(account_id, '')`, "=", accountId);
  if (kind !== undefined) events = events.where("kind", "=", kind as EventKind);
  if (actorId !== undefined) events = events.where("actor_id", "=", actorId);
  if (from !== undefined) events = events.where("at", ">=", from);
  if (to !== undefined) events = events.where("at", "<", to);
  const rows = await events
    .orderBy("seq", "desc")
    .limit(limit + 1)
    .execute();
  if (rows.length > limit)
    return {
      items: rows.slice(0, limit).map(toEvent),
      nextCursor: formatCursor([rows[limit - 1]!.seq]),
    };
  return {
    items: rows.map(toEvent),
    nextCursor: window.isLast ? null : formatCursor([window.start]),
  };
}

function toEvent(row: Selectable<EventsTable>): RecordedEvent {
  return {
    seq: row.seq,
    kind: row.kind,
    accountId: row.account_id,
    actor: { accountId: row.actor_id, address: row.address },
    subjectId: row.subject_id,
    data: JSON.parse(row.data) as BusinessEvent["data"],
    at: row.at,
  };
}
