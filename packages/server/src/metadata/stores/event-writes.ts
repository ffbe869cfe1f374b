import type { BusinessEvent } from "../../core/events.ts";
import type { Db } from "../schema.ts";
import { insertRows } from "./bulk.ts";

/** Called by the write command that makes the facts true, inside its transaction. */
export async function recordEvents(db: Db, events: readonly BusinessEvent[]): Promise<void> {
  const rows = events.map(({ kind, accountId, actor, subjectId, data, at }) => ({
    kind,
    account_id: accountId,
    actor_id: actor.accountId,
    address: actor.address,
    subject_id: subjectId,
    data: JSON.stringify(data),
    at,
  }));
  await insertRows(db, { into: "events", rows });
}
