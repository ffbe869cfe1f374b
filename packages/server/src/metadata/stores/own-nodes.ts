/** Nodes as commands name them: by an id that must be in the drive at hand. */
import { CoreError } from "../../core/errors.ts";
import type { Db } from "../schema.ts";
import { findFolderState } from "./folder-state.ts";
import type { NodeRow } from "./node-row.ts";
import { firstRow, prepared } from "./prepared.ts";

/** Of this owner, wherever it is. Throws `node-not-found`. */
export async function findOwnNode(
  db: Db,
  { id, ownerId }: { id: string; ownerId: string },
): Promise<NodeRow> {
  const node = await firstRow(selectNodeRow(db, { id }));
  if (node?.owner_id !== ownerId) throw new CoreError("node-not-found", { id });
  return node;
}

const selectNodeRow = prepared((db, { id }: { id: string }) =>
  db.selectFrom("nodes").selectAll().where("id", "=", id),
);

/** Throws `node-not-found`, `node-trashed`. */
export async function findLiveNode(
  db: Db,
  { id, ownerId }: { id: string; ownerId: string },
): Promise<NodeRow & { parent_id: string }> {
  const node = await findOwnNode(db, { id, ownerId });
  const { parent_id } = node;
  const parent = parent_id === null ? undefined : await findFolderState(db, parent_id);
  if (parent_id === null || !parent?.isLive) throw new CoreError("node-trashed", { id });
  return { ...node, parent_id };
}
