/** A copy of more nodes than one transaction should hold: refused at once where it can be, made in steps, and shown in the last. */
import type { TreeOutcome } from "../../core/drive/node-store.ts";
import type { CopyPlan } from "../../core/drive/tree-job.ts";
import { CoreError } from "../../core/errors.ts";
import type { Actor } from "../../core/events.ts";
import type { Db } from "../schema.ts";
import { adjustHoldings } from "./account-writes.ts";
import { insertRows } from "./bulk.ts";
import { copyOf, insertCopies } from "./copy-rows.ts";
import type { Copy } from "./copy-rows.ts";
import { raiseHeights } from "./folder-height.ts";
import type { TreeSize } from "./measure-trees.ts";
import { assertFits, attachNode } from "./node-attach.ts";
import { reopenFolderFor } from "./node-folders.ts";
import { isNameTaken } from "./node-reads.ts";
import { findOwnNode } from "./own-nodes.ts";
import { assertMayRead } from "./share-reading.ts";
import {
  addFolders,
  dropFolder,
  findTops,
  insertTreeJob,
  nextFolder,
  recordStep,
  toTreeJob,
  updateTreeJob,
} from "./tree-jobs.ts";
import type { TreeJobRow } from "./tree-jobs.ts";

const STEP_NODES = 500;
/** Of what is copied from another's drive so many tops are asked about when the copy is put in place. */
const askedSources = 64;

/** Refuses now what can be refused now: quota, and names that are taken already. */
export async function beginCopy(
  db: Db,
  { sources, target, onConflict, reader, actor, now, nodes, bytes }: Copy & TreeSize,
): Promise<TreeOutcome> {
  const { ownerId } = target;
  if (onConflict === "fail") {
    for (const { name, name_key: key } of sources)
      if (await isNameTaken(db, { parentId: target.id, key }))
        throw new CoreError("name-taken", { name });
  }
  await adjustHoldings(db, { ownerId, reserved: bytes });
  const sourceIds = sources.slice(0, askedSources).map(({ id }) => id);
  const plan: CopyPlan = {
    parentId: target.id,
    onConflict,
    ...(reader === undefined ? {} : { reader, sourceIds }),
  };
  const job = await insertTreeJob(db, {
    ownerId,
    actor,
    now,
    plan,
    kind: "copy",
    totalNodes: nodes,
    reservedBytes: bytes,
  });
  const tops = sources.map((source) => copyOf(source, { ownerId, parentId: null, now }));
  await insertRows(db, { into: "nodes", rows: tops });
  const used = tops.reduce((sum, top) => sum + top.size, 0);
  await adjustHoldings(db, { ownerId, used, reserved: -used });
  const progress = { reserved_bytes: bytes - used, done_nodes: tops.length };
  await updateTreeJob(db, { id: job.id, changes: progress });
  await insertRows(db, {
    into: "tree_job_tops",
    rows: tops.map((top, position) => ({ job_id: job.id, position, node_id: top.id })),
  });
  const folders = sources.flatMap((source, i) =>
    source.is_file === 0 ? [{ folderId: source.id, targetId: tops[i]!.id }] : [],
  );
  await addFolders(db, { jobId: job.id, folders });
  return { kind: "job", job: await toTreeJob(db, { ...job, ...progress }) };
}

/** One step of a copy. Throws `quota-exceeded` where its source has grown, and what attaching refuses. */
export async function stepCopy(
  db: Db,
  { row, now }: { row: TreeJobRow; now: number },
): Promise<void> {
  const folder = await nextFolder(db, row.id);
  if (folder === undefined) return await finishCopy(db, { row, now });
  const { folder_id: folderId, target_id: targetId, done_key: after } = folder;
  const { reader } = JSON.parse(row.plan!) as CopyPlan;
  if (reader !== undefined) await assertMayRead(db, { reader, nodeId: folderId, now });
  const children = await db
    .selectFrom("nodes")
    .selectAll()
    .where("parent_id", "=", folderId)
    .where("name_key", ">", after)
    .orderBy("name_key")
    .limit(STEP_NODES)
    .execute();
  const pairs = await insertCopies(db, {
    children,
    ownerId: row.owner_id,
    targetOf: () => targetId!,
    now,
    reserved: row.reserved_bytes,
  });
  // The source may have grown since its top was copied.
  const height = Math.max(0, ...children.map((child) => child.height));
  await raiseHeights(db, { folderId: targetId!, height });
  const used = children.reduce((sum, child) => sum + child.size, 0);
  await updateTreeJob(db, {
    id: row.id,
    changes: { reserved_bytes: Math.max(0, row.reserved_bytes - used) },
  });
  await addFolders(db, {
    jobId: row.id,
    folders: pairs.map(({ from, to }) => ({ folderId: from, targetId: to })),
  });
  if (children.length < STEP_NODES) await dropFolder(db, { jobId: row.id, folderId });
  else {
    await db
      .updateTable("tree_job_folders")
      .set({ done_key: children.at(-1)!.name_key })
      .where("job_id", "=", row.id)
      .where("folder_id", "=", folderId)
      .execute();
  }
  await recordStep(db, { row, nodes: children.length, now });
}

/** Puts what was made where it was meant to be, whole. */
async function finishCopy(db: Db, { row, now }: { row: TreeJobRow; now: number }): Promise<void> {
  const plan = JSON.parse(row.plan!) as CopyPlan;
  const { parentId, onConflict, reader, sourceIds = [] } = plan;
  if (reader !== undefined)
    for (const nodeId of sourceIds) await assertMayRead(db, { reader, nodeId, now });
  const ownerId = row.owner_id;
  const adder = { accountId: row.account_id ?? ownerId, shareId: null };
  const target = await reopenFolderFor(db, { id: parentId, adder, now });
  const actor: Actor = { accountId: row.account_id, address: row.address };
  for (const { position, node_id: id } of await findTops(db, row.id)) {
    const node = await findOwnNode(db, { id, ownerId });
    // The folder may have been moved deeper meanwhile.
    await assertFits(db, { node, target });
    const attach = { node, target, name: node.name, onConflict, actor, now };
    const made = await attachNode(db, { ...attach, reason: "created" });
    await db
      .updateTable("tree_job_tops")
      .set({ node_id: made })
      .where("job_id", "=", row.id)
      .where("position", "=", position)
      .execute();
  }
  await adjustHoldings(db, { ownerId, reserved: -row.reserved_bytes });
  const changes = { state: "done", reserved_bytes: 0, plan: null, updated_at: now } as const;
  await updateTreeJob(db, { id: row.id, changes });
}
