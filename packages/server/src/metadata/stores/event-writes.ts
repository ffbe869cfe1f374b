import type { BusinessEvent } from "../../core/events.ts";
import type { Db } from "../schema.ts";
import { insertRows } from "./bulk.ts";

/** Accounts of events recorded since they were last taken, by the executor's adapter, which a connection and its transactions share. */
const concerned = new WeakMap<object, Set<string>>();

/** Called by the write command that makes the facts true, inside its transaction. */
export async function recordEvents(db: Db, events: readonly BusinessEvent[]): Promise<void> {
  const accounts = accountsConcerned(db);
  const rows = events.map(({ kind, accountId, actor, subjectId, data, at }) => {
    accounts.add(accountId);
    return {
      kind,
      account_id: accountId,
      actor_id: actor.accountId,
      address: actor.address,
      subject_id: subjectId,
      data: JSON.stringify(data),
      at,
    };
  });
  await insertRows(db, { into: "events", rows });
}

/** Whom to wake after a commit. May name accounts whose events were rolled back: a reader then finds nothing new. */
export function takeConcernedAccounts(db: Db): string[] {
  const accounts = accountsConcerned(db);
  const taken = [...accounts];
  accounts.clear();
  return taken;
}

function accountsConcerned(db: Db): Set<string> {
  const { adapter } = db.getExecutor();
  let accounts = concerned.get(adapter);
  if (accounts === undefined) concerned.set(adapter, (accounts = new Set()));
  return accounts;
}

/** A stretch from the oldest on, so that nothing that is kept is older than anything that was purged: times may be out of order. */
export async function purgeEvents(
  db: Db,
  { before, limit }: { before: number; limit: number },
): Promise<number> {
  const oldest = await db
    .selectFrom("events")
    .select(["seq", "at"])
    .where("seq", ">", 0)
    .orderBy("seq")
    .limit(limit + 1)
    .execute();
  const firstKept = oldest.findIndex(({ at }) => at >= before);
  // The newest is kept whatever its age: what was purged is known by what is left.
  const count = firstKept === -1 ? oldest.length - 1 : firstKept;
  const last = oldest[Math.min(count, limit) - 1];
  if (last === undefined) return 0;
  await db.deleteFrom("events").where("seq", "<=", last.seq).execute();
  return Math.min(count, limit);
}
