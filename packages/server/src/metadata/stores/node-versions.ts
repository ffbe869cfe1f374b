import { CoreError } from "../../core/errors.ts";
import { nodeEvent } from "../../core/events/node-events.ts";
import type { DriveNode } from "../../core/drive/node.ts";
import type { NodeVersionsTable } from "../schema/drive.ts";
import type { Db } from "../schema.ts";
import { adjustHoldings } from "./account-writes.ts";
import { orphanUnreferenced } from "./blob-references.ts";
import { recordEvents } from "./event-writes.ts";
import { replaceContent } from "./file-writes.ts";
import { findLiveNode } from "./own-nodes.ts";
import type { TreeChange } from "./tree-change.ts";
import { findNode } from "./node-reads.ts";
import { factsOf } from "./node-row.ts";

interface OneVersion extends TreeChange {
  readonly id: string;
  readonly number: number;
}

/** The earlier content moves to the top, so that going back never needs room. */
export async function restoreVersion(
  db: Db,
  { id, number, ownerId, actor, now }: OneVersion,
): Promise<DriveNode> {
  const node = await findLiveNode(db, { id, ownerId });
  const { blob_id } = node;
  if (blob_id === null) throw new CoreError("version-not-found", { id, number });
  if (number !== node.version) {
    const version = await takeVersion(db, { id, number });
    const { name, parent_id: parentId } = node;
    const { addedBytes, releasedBlobs } = await replaceContent(db, {
      file: { ...node, blob_id },
      content: {
        parentId,
        name,
        actor,
        now,
        isNews: true,
        mediaType: version.media_type,
        size: version.size,
        blobId: version.blob_id,
      },
    });
    await adjustHoldings(db, { ownerId, used: addedBytes - version.size });
    await orphanUnreferenced(db, { blobIds: releasedBlobs, now });
  }
  return (await findNode(db, id))!;
}

export async function removeVersion(
  db: Db,
  { id, number, ownerId, actor, now }: OneVersion,
): Promise<void> {
  const node = await findLiveNode(db, { id, ownerId });
  const version = await takeVersion(db, { id, number });
  await adjustHoldings(db, { ownerId, used: -version.size });
  await orphanUnreferenced(db, { blobIds: [version.blob_id], now });
  await recordEvents(db, [
    nodeEvent("version.deleted", { node: factsOf(node), actor, at: now, more: { number } }),
  ]);
}

async function takeVersion(
  db: Db,
  { id, number }: { id: string; number: number },
): Promise<NodeVersionsTable> {
  const version = await db
    .selectFrom("node_versions")
    .selectAll()
    .where("node_id", "=", id)
    .where("number", "=", number)
    .executeTakeFirst();
  if (version === undefined) throw new CoreError("version-not-found", { id, number });
  await db
    .deleteFrom("node_versions")
    .where("node_id", "=", id)
    .where("number", "=", number)
    .execute();
  return version;
}

/** Of every drive. */
export async function expireVersions(
  db: Db,
  { before, now, limit }: { before: number; now: number; limit: number },
): Promise<number> {
  const rows = await db
    .selectFrom("node_versions")
    .select(["node_id", "number", "owner_id", "size", "blob_id"])
    .where("replaced_at", "<", before)
    .orderBy("replaced_at")
    .limit(limit)
    .execute();
  for (const { node_id: id, number } of rows) await takeVersion(db, { id, number });
  for (const [ownerId, versions] of Map.groupBy(rows, (row) => row.owner_id)) {
    const bytes = versions.reduce((sum, row) => sum + row.size, 0);
    await adjustHoldings(db, { ownerId, used: -bytes });
  }
  await orphanUnreferenced(db, { blobIds: rows.map((row) => row.blob_id), now });
  return rows.length;
}
