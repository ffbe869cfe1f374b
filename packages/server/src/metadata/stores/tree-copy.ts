/** Copying by reference, at once or by a job. */
import { maxNodesAtOnce } from "../../core/drive/node.ts";
import { nameKey } from "../../core/drive/name-key.ts";
import type { TreeOutcome } from "../../core/drive/node-store.ts";
import { CoreError } from "../../core/errors.ts";
import { newId } from "../../core/ids.ts";
import type { Reader } from "../../core/sharing/reader.ts";
import type { ConflictPolicy } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import { adjustHoldings } from "./account-writes.ts";
import { orphanUnreferenced } from "./blob-references.ts";
import { inLists, insertRows } from "./bulk.ts";
import { beginCopy } from "./copy-job.ts";
import { copyOf, insertCopies } from "./copy-rows.ts";
import type { Copy, Pair } from "./copy-rows.ts";
import { placeFile } from "./file-writes.ts";
import type { TreeSize } from "./measure-trees.ts";
import { assertFits, attachNode } from "./node-attach.ts";
import { openFolder, openFolderFor } from "./node-folders.ts";
import type { FolderState } from "./folder-state.ts";
import { findNode } from "./node-reads.ts";
import type { NodeRow } from "./node-row.ts";
import { findLiveNode, findOwnNode } from "./own-nodes.ts";
import { assertMayRead, countReading } from "./share-reading.ts";
import { findSubtree } from "./subtree.ts";
import type { TreeChange } from "./tree-change.ts";

export interface CopyNodes extends TreeChange {
  readonly ids: readonly string[];
  readonly parentId: string;
  readonly name?: string;
  readonly onConflict: ConflictPolicy;
  readonly reader?: Reader;
  /** What there was to copy a moment ago. */
  readonly counted: TreeSize;
}

export async function copyNodes(db: Db, input: CopyNodes): Promise<TreeOutcome> {
  const { name, onConflict, counted, reader, actor, now } = input;
  const ids = [...new Set(input.ids)];
  if (name !== undefined && ids.length !== 1)
    throw new CoreError("invalid-request", { field: "name", reason: "names one node only" });
  const target = await openTarget(db, input);
  if (reader !== undefined) await countReading(db, { reader, ids, actor, now });
  const sources: NodeRow[] = [];
  for (const id of ids) {
    if (reader !== undefined) await assertMayRead(db, { reader, nodeId: id, now });
    const source = await findSource(db, id);
    await assertFits(db, { node: source, target });
    sources.push(name === undefined ? source : { ...source, name, name_key: nameKey(name) });
  }
  const copy = { sources, target, onConflict, reader, actor, now };
  const found = await findSubtree(db, { ids, limit: maxNodesAtOnce + 1 });
  if (found.length <= maxNodesAtOnce) return { kind: "done", ids: await copyAtOnce(db, copy) };
  return await beginCopy(db, { ...copy, ...counted });
}

/** Whoever copies into a drive that is shared with them is asked for their right here as well. */
function openTarget(
  db: Db,
  { parentId: id, ownerId, actor, now }: CopyNodes,
): Promise<FolderState> {
  if (actor.accountId === null || actor.accountId === ownerId)
    return openFolder(db, { id, ownerId });
  return openFolderFor(db, { id, adder: { accountId: actor.accountId, shareId: null }, now });
}

/** In whichever drive: whether the actor may read it was asked before. */
async function findSource(db: Db, id: string): Promise<NodeRow> {
  const node = await findNode(db, id);
  if (node === undefined || node.parentId === null) throw new CoreError("node-not-found", { id });
  return await findLiveNode(db, { id, ownerId: node.ownerId });
}

async function copyAtOnce(
  db: Db,
  { sources, target, onConflict, actor, now }: Copy,
): Promise<string[]> {
  const made: string[] = [];
  for (const source of sources) {
    if (source.is_file === 1) {
      const placed = await placeFile(db, {
        fileId: newId(now),
        ownerId: target.ownerId,
        parentId: target.id,
        name: source.name,
        mediaType: source.media_type,
        size: source.size,
        blobId: source.blob_id!,
        onConflict,
        actor,
        isNews: true,
        now,
      });
      await adjustHoldings(db, { ownerId: target.ownerId, used: placed.addedBytes });
      await orphanUnreferenced(db, { blobIds: placed.releasedBlobs, now });
      made.push(placed.fileId);
    } else {
      const top = copyOf(source, { ownerId: target.ownerId, parentId: null, now });
      await insertRows(db, { into: "nodes", rows: [top] });
      let level = [{ from: source.id, to: top.id }];
      while (level.length > 0) level = await copyLevel(db, { level, ownerId: target.ownerId, now });
      const node = await findOwnNode(db, { id: top.id, ownerId: target.ownerId });
      const attach = { node, target, name: source.name, onConflict, actor, now };
      made.push(await attachNode(db, { ...attach, reason: "created" }));
    }
  }
  return made;
}

/** The children of these folders into their copies; returns the pairs of the next level. */
async function copyLevel(
  db: Db,
  { level, ownerId, now }: { level: readonly Pair[]; ownerId: string; now: number },
): Promise<Pair[]> {
  const targets = new Map(level.map(({ from, to }) => [from, to]));
  const children = await inLists([...targets.keys()], (list) =>
    db.selectFrom("nodes").selectAll().where("parent_id", "in", list).execute(),
  );
  return await insertCopies(db, {
    children,
    ownerId,
    targetOf: (child) => targets.get(child.parent_id!)!,
    now,
  });
}
