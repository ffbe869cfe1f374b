/** A file that takes the place of another, as its newest version. */
import { maxTags, maxVersions } from "../../core/drive/node.ts";
import { nameKey } from "../../core/drive/name-key.ts";
import type { Actor } from "../../core/events.ts";
import { nodeEvent } from "../../core/events/node-events.ts";
import type { Db } from "../schema.ts";
import { adjustHoldings } from "./account-writes.ts";
import { orphanUnreferenced } from "./blob-references.ts";
import { insertRows } from "./bulk.ts";
import { recordEvents } from "./event-writes.ts";
import { dropOldVersions, updateContent, versionOf } from "./file-writes.ts";
import type { FileTwin } from "./file-writes.ts";
import { deleteNodes } from "./node-remove.ts";
import { factsOf } from "./node-row.ts";
import type { NodeRow } from "./node-row.ts";

/**
 * All that the moved file was and is follows what its twin was: nothing is lost but one of two ids. Its star and tags join those of the twin; its
 * shares end with its id, for they were given on another file than the one that is there now.
 */
export async function mergeFile(
  db: Db,
  {
    node,
    twin,
    folderId,
    name,
    actor,
    now,
  }: {
    node: NodeRow;
    twin: FileTwin;
    folderId: string;
    name: string;
    actor: Actor;
    now: number;
  },
): Promise<string> {
  const shift = twin.version;
  await insertRows(db, { into: "node_versions", rows: [versionOf(twin, now)] });
  const rows = await db
    .selectFrom("node_versions")
    .selectAll()
    .where("node_id", "=", node.id)
    .execute();
  await db.deleteFrom("node_versions").where("node_id", "=", node.id).execute();
  await insertRows(db, {
    into: "node_versions",
    rows: rows.map((row) => ({ ...row, node_id: twin.id, number: row.number + shift })),
  });
  const version = shift + node.version;
  await updateContent(db, {
    id: twin.id,
    name,
    nameKey: nameKey(name),
    mediaType: node.media_type,
    size: node.size,
    blobId: node.blob_id!,
    version,
    now,
  });
  await moveMarks(db, { from: node.id, to: twin.id });
  // Its bytes and its blob are the twin's now: what goes is only the row.
  await deleteNodes(db, { nodes: [{ ...node, size: 0 }], now });
  const dropped = await dropOldVersions(db, {
    id: twin.id,
    version: Math.max(version, maxVersions + 1),
  });
  await adjustHoldings(db, { ownerId: node.owner_id, used: -dropped.bytes });
  await orphanUnreferenced(db, { blobIds: dropped.blobIds, now });
  const facts = { ...factsOf({ ...twin, parent_id: folderId }), name };
  await recordEvents(db, [
    nodeEvent("node.deleted", {
      node: factsOf(node),
      actor,
      at: now,
      more: { mergedInto: twin.id },
    }),
    nodeEvent("node.replaced", { node: facts, actor, at: now, more: { size: node.size, version } }),
  ]);
  return twin.id;
}

/** Each account's own: what it said of either file it says of the one that is left. */
async function moveMarks(db: Db, { from, to }: { from: string; to: string }): Promise<void> {
  const stars = await db
    .selectFrom("stars")
    .selectAll()
    .where("node_id", "in", [from, to])
    .execute();
  for (const [account_id, own] of Map.groupBy(stars, (star) => star.account_id)) {
    if (own.some((star) => star.node_id === to)) continue;
    await insertRows(db, {
      into: "stars",
      rows: own.map(({ starred_at }) => ({ account_id, node_id: to, starred_at })),
    });
  }
  const tags = await db
    .selectFrom("node_tags")
    .selectAll()
    .where("node_id", "in", [from, to])
    .execute();
  for (const own of Map.groupBy(tags, (tag) => tag.account_id).values()) {
    const there = own.filter((tag) => tag.node_id === to);
    const keys = new Set(there.map((tag) => tag.tag_key));
    const missing = own
      .filter((tag) => tag.node_id === from && !keys.has(tag.tag_key))
      .toSorted((a, b) => a.tagged_at - b.tagged_at);
    const room = Math.max(0, maxTags - there.length);
    const rows = missing.slice(0, room).map((tag) => ({ ...tag, node_id: to }));
    await insertRows(db, { into: "node_tags", rows });
  }
}
