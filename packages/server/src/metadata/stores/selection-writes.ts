import type { KeptSelection, SelectionStore } from "../../core/archive/selection-store.ts";
import type { Db } from "../schema.ts";
import { inLists, insertRows } from "./bulk.ts";

type Input<M extends keyof SelectionStore> = Parameters<SelectionStore[M]>[0];

export async function keepSelection(
  db: Db,
  { selection, max, maxIds }: { selection: KeptSelection; max: number; maxIds: number },
): Promise<void> {
  const { id, accountId, name, ids, expiresAt } = selection;
  const weight = 1 + (ids?.length ?? 0);
  const others = await db
    .selectFrom("archive_selections")
    .select(["id", "weight"])
    .where("account_id", "=", accountId)
    .orderBy("expires_at", "desc")
    .orderBy("id", "desc")
    .execute();
  let kept = weight;
  const gone = others.filter((other, i) => {
    kept += other.weight;
    return i + 1 >= max || kept > maxIds;
  });
  await removeSelections(
    db,
    gone.map((other) => other.id),
  );
  const row = {
    id,
    account_id: accountId,
    name,
    ids: ids && JSON.stringify(ids),
    weight,
    expires_at: expiresAt,
  };
  await insertRows(db, { into: "archive_selections", rows: [row] });
}

export async function extendSelection(db: Db, { id, expiresAt }: Input<"extend">): Promise<void> {
  await db
    .updateTable("archive_selections")
    .set({ expires_at: expiresAt })
    .where("id", "=", id)
    .execute();
}

export async function purgeSelections(db: Db, { now, limit }: Input<"purge">): Promise<number> {
  const expired = await db
    .selectFrom("archive_selections")
    .select("id")
    .where("expires_at", "<=", now)
    .orderBy("expires_at")
    .limit(limit)
    .execute();
  await removeSelections(
    db,
    expired.map((row) => row.id),
  );
  return expired.length;
}

async function removeSelections(db: Db, ids: readonly string[]): Promise<void> {
  await inLists(ids, (list) =>
    db.deleteFrom("archive_selections").where("id", "in", list).execute(),
  );
}
