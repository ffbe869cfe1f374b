/** What accounts say of nodes for themselves. */
import { nameKey } from "../../core/drive/name-key.ts";
import type { Actor, BusinessEvent } from "../../core/events.ts";
import { nodeEvent } from "../../core/events/node-events.ts";
import { CoreError } from "../../core/errors.ts";
import type { Db } from "../schema.ts";
import { inLists, insertRows } from "./bulk.ts";
import { recordEvents } from "./event-writes.ts";
import { factsOf } from "./node-row.ts";

export async function setStar(
  db: Db,
  {
    accountId,
    ids,
    starred,
    actor,
    now,
  }: {
    accountId: string;
    ids: readonly string[];
    starred: boolean;
    actor: Actor;
    now: number;
  },
): Promise<void> {
  const events: BusinessEvent[] = [];
  for (const id of new Set(ids)) {
    const [node] = await findRows(db, [id]);
    if (node === undefined) throw new CoreError("node-not-found", { id });
    const known = await db
      .selectFrom("stars")
      .select("node_id")
      .where("account_id", "=", accountId)
      .where("node_id", "=", id)
      .executeTakeFirst();
    if ((known !== undefined) === starred) continue;
    if (starred) {
      const row = { account_id: accountId, node_id: id, starred_at: now };
      await insertRows(db, { into: "stars", rows: [row] });
    } else {
      await db
        .deleteFrom("stars")
        .where("account_id", "=", accountId)
        .where("node_id", "=", id)
        .execute();
    }
    const kind = starred ? "node.starred" : "node.unstarred";
    // Whose star it is matters here, not whose node.
    events.push(
      nodeEvent(kind, { node: { ...factsOf(node), ownerId: accountId }, actor, at: now }),
    );
  }
  await recordEvents(db, events);
}

export async function setTags(
  db: Db,
  {
    accountId,
    id,
    tags,
    actor,
    now,
  }: { accountId: string; id: string; tags: readonly string[]; actor: Actor; now: number },
): Promise<void> {
  const [node] = await findRows(db, [id]);
  if (node === undefined) throw new CoreError("node-not-found", { id });
  const wanted = new Map(tags.map((tag) => [nameKey(tag), tag]));
  const known = await db
    .selectFrom("node_tags")
    .select(["tag_key", "tag"])
    .where("account_id", "=", accountId)
    .where("node_id", "=", id)
    .execute();
  const gone = known.filter((row) => wanted.get(row.tag_key) !== row.tag);
  const kept = new Set(known.filter((row) => !gone.includes(row)).map((row) => row.tag_key));
  const added = [...wanted].filter(([key]) => !kept.has(key));
  if (gone.length === 0 && added.length === 0) return;
  for (const { tag_key: key } of gone) {
    await db
      .deleteFrom("node_tags")
      .where("account_id", "=", accountId)
      .where("node_id", "=", id)
      .where("tag_key", "=", key)
      .execute();
  }
  await insertRows(db, {
    into: "node_tags",
    rows: added.map(([tag_key, tag]) => ({
      ...{ account_id: accountId, node_id: id, tag_key, tag },
      tagged_at: now,
    })),
  });
  const facts = { ...factsOf(node), ownerId: accountId };
  const more = { tags: [...wanted.values()].join(", ") };
  await recordEvents(db, [nodeEvent("node.tagged", { node: facts, actor, at: now, more })]);
}

function findRows(db: Db, ids: readonly string[]) {
  return inLists(ids, (list) =>
    db
      .selectFrom("nodes")
      .select(["id", "owner_id", "parent_id", "name", "is_file"])
      .where("id", "in", list)
      .execute(),
  );
}
