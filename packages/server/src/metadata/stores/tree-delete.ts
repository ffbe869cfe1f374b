/** Deletion for good, at once or by a job. */
import { maxNodesAtOnce } from "../../core/drive/node.ts";
import type { TreeOutcome } from "../../core/drive/node-store.ts";
import { CoreError } from "../../core/errors.ts";
import { systemActor } from "../../core/events.ts";
import { nodeEvent, trashEmptied } from "../../core/events/node-events.ts";
import type { Db } from "../schema.ts";
import { detach, findTrashed, takeOut } from "./delete-job.ts";
import type { TrashPlan } from "./delete-job.ts";
import { recordEvents } from "./event-writes.ts";
import { findOwnNode } from "./own-nodes.ts";
import type { TreeChange } from "./tree-change.ts";
import { deleteNodes } from "./node-remove.ts";
import { factsOf } from "./node-row.ts";
import type { NodeRow } from "./node-row.ts";
import { countVersions, findSubtree } from "./subtree.ts";
import { insertTreeJob, toTreeJob, updateTreeJob } from "./tree-jobs.ts";

interface Removal extends TreeChange {
  /** Nodes that there were to delete a moment ago: what the progress of a job is measured by. */
  readonly counted: number;
}

export async function removeNodes(
  db: Db,
  { ids, ...removal }: Removal & { ids: readonly string[] },
): Promise<TreeOutcome> {
  const { ownerId } = removal;
  const tops: NodeRow[] = [];
  for (const id of new Set(ids)) tops.push(await findDeletable(db, { id, ownerId }));
  return await removeTops(db, { ...removal, tops });
}

/** In the drive or in the trash. What a job is deleting, or copying, is in neither. */
async function findDeletable(
  db: Db,
  { id, ownerId }: { id: string; ownerId: string },
): Promise<NodeRow> {
  const node = await findOwnNode(db, { id, ownerId });
  if (node.parent_id !== null) return node;
  const trashed = await db
    .selectFrom("trash")
    .select("node_id")
    .where("node_id", "=", id)
    .executeTakeFirst();
  if (trashed === undefined) throw new CoreError("node-not-found", { id });
  return node;
}

async function removeTops(
  db: Db,
  { tops, counted, ownerId, actor, now }: Removal & { tops: readonly NodeRow[] },
): Promise<TreeOutcome> {
  const ids = tops.map((node) => node.id);
  await recordEvents(
    db,
    tops.map((node) => nodeEvent("node.deleted", { node: factsOf(node), actor, at: now })),
  );
  if (await removeAtOnce(db, { ids, now })) return { kind: "done", ids };
  const job = await insertTreeJob(db, {
    ownerId,
    actor,
    now,
    totalNodes: counted,
    kind: "delete",
    plan: null,
    reservedBytes: 0,
  });
  const { done, left } = await takeOut(db, { tops, jobId: job.id, now });
  await detach(db, { nodes: left, jobId: job.id });
  await updateTreeJob(db, { id: job.id, changes: { done_nodes: done } });
  return { kind: "job", job: await toTreeJob(db, { ...job, done_nodes: done }) };
}

/** False where there is more below than one transaction should hold. */
async function removeAtOnce(
  db: Db,
  { ids, now }: { ids: readonly string[]; now: number },
): Promise<boolean> {
  const found = await findSubtree(db, { ids, limit: maxNodesAtOnce + 1 });
  if (found.length > maxNodesAtOnce) return false;
  // Of a folder and something in it, both named, the latter was found twice.
  const nodes = [...new Map(found.map((node) => [node.id, node])).values()];
  const nodeIds = nodes.map((node) => node.id);
  const versions = await countVersions(db, { ids: nodeIds, limit: maxNodesAtOnce + 1 });
  if (nodes.length + versions > maxNodesAtOnce) return false;
  await deleteNodes(db, { nodes, now });
  return true;
}

export async function emptyTrash(
  db: Db,
  { counted, ownerId, actor, now }: Removal,
): Promise<TreeOutcome> {
  const tops = await findTrashed(db, { ownerId, until: now, limit: maxNodesAtOnce + 1 });
  const ids = tops.map((node) => node.id);
  await recordEvents(db, [trashEmptied(ownerId, { actor, at: now })]);
  if (await removeAtOnce(db, { ids, now })) return { kind: "done", ids };
  const plan: TrashPlan = { trashedUntil: now };
  const job = await insertTreeJob(db, {
    ownerId,
    actor,
    now,
    totalNodes: counted,
    plan,
    kind: "delete",
    reservedBytes: 0,
  });
  return { kind: "job", job: await toTreeJob(db, job) };
}

/** What has been in the trash too long, of one drive at a time. */
export async function expireTrash(
  db: Db,
  { before, now, limit }: { before: number; now: number; limit: number },
): Promise<number> {
  const due = await db
    .selectFrom("trash")
    .innerJoin("nodes", "nodes.id", "trash.node_id")
    .selectAll("nodes")
    .where("trash.trashed_at", "<", before)
    .orderBy("trash.trashed_at")
    .limit(limit)
    .execute();
  const [first] = due;
  if (first === undefined) return 0;
  const ownerId = first.owner_id;
  const tops = due.filter((node) => node.owner_id === ownerId);
  // Nobody looks at the progress of what the server does by itself.
  await removeTops(db, { tops, counted: tops.length, ownerId, actor: systemActor, now });
  return tops.length;
}
