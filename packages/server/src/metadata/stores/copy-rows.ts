/** New nodes over the same blobs: a copy is made detached, level by level, and is put into its folder whole. */
import { newId } from "../../core/ids.ts";
import type { Actor } from "../../core/events.ts";
import type { Reader } from "../../core/sharing/reader.ts";
import type { ConflictPolicy } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import { adjustHoldings } from "./account-writes.ts";
import { insertRows } from "./bulk.ts";
import type { FolderState } from "./folder-state.ts";
import type { NewNodeRow, NodeRow } from "./node-row.ts";

export interface Copy {
  readonly sources: readonly NodeRow[];
  readonly target: FolderState;
  readonly onConflict: ConflictPolicy;
  readonly reader: Reader | undefined;
  readonly actor: Actor;
  readonly now: number;
}

/** A folder and its copy. */
export type Pair = { readonly from: string; readonly to: string };

/** Inserts copies and counts their bytes; returns the folders among them with their sources. */
export async function insertCopies(
  db: Db,
  {
    children,
    ownerId,
    targetOf,
    now,
    reserved = 0,
  }: {
    children: readonly NodeRow[];
    ownerId: string;
    targetOf: (child: NodeRow) => string;
    now: number;
    /** Of what was reserved for it before, at most this much. */
    reserved?: number;
  },
): Promise<Pair[]> {
  const rows = children.map((child) => copyOf(child, { ownerId, parentId: targetOf(child), now }));
  await insertRows(db, { into: "nodes", rows });
  const used = rows.reduce((sum, row) => sum + row.size, 0);
  await adjustHoldings(db, { ownerId, used, reserved: -Math.min(used, reserved) });
  return children.flatMap((child, i) =>
    child.is_file === 0 ? [{ from: child.id, to: rows[i]!.id }] : [],
  );
}

/** A file as it is now: what it was before stays with the original. */
export function copyOf(
  { name, name_key, is_file, height, media_type, size, blob_id, modified_at }: NodeRow,
  { ownerId, parentId, now }: { ownerId: string; parentId: string | null; now: number },
): NewNodeRow {
  return {
    id: newId(now),
    owner_id: ownerId,
    parent_id: parentId,
    name,
    name_key,
    is_file,
    height,
    media_type,
    size,
    blob_id,
    version: 1,
    created_at: now,
    modified_at,
  };
}
