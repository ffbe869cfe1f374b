/**
 * How deep the folders below a folder go, kept in the folder, so that moving one needs no walk through it. A folder's `height` is never less than
 * one more than that of a folder in it. It may be more: what has gone from below lowers nothing, until somebody is in the way of the limit.
 */
import { sql } from "kysely";
import { maxDepth } from "../../core/drive/node.ts";
import { CoreError } from "../../core/errors.ts";
import type { Db } from "../schema.ts";
import type { FolderState } from "./folder-state.ts";
import type { NodeRow } from "./node-row.ts";
import { firstRow, prepared } from "./prepared.ts";

/** More folders than this below one are not walked through: it then counts as high as it says. */
const maxWalked = 2_000;

/** Throws `too-deep`. */
export async function assertDepth(
  db: Db,
  { node, target }: { node: Pick<NodeRow, "id" | "height">; target: FolderState },
): Promise<void> {
  if (target.depth + node.height <= maxDepth) return;
  const height = await walkHeight(db, node.id);
  if (height === undefined || target.depth + height > maxDepth)
    throw new CoreError("too-deep", { limit: maxDepth });
  await db.updateTable("nodes").set({ height }).where("id", "=", node.id).execute();
}

/** Undefined when there is too much to look at. */
async function walkHeight(db: Db, id: string): Promise<number | undefined> {
  const { rows } = await sql<{ height: number }>`
    with recursive down (id, height) as (
      select id, 1 from nodes where id = ${id}
      union all
      select n.id, down.height + 1 from down join nodes n on n.parent_id = down.id and n.is_file = 0
    )
    select height from down limit ${maxWalked + 1}`.execute(db);
  if (rows.length > maxWalked) return undefined;
  return rows.reduce((most, row) => Math.max(most, row.height), 0);
}

/** After a node of this height was put into a folder: raises that folder, and those above it as far as they are lower. */
export async function raiseHeights(
  db: Db,
  { folderId, height }: { folderId: string; height: number },
): Promise<void> {
  if (height === 0) return;
  let id: string | null = folderId;
  for (let least = height + 1; id !== null; least++) {
    const folder: HeightRow | undefined = await firstRow(selectHeight(db, { id }));
    // The root has no row. Whatever is high enough lies in what is high enough.
    if (folder === undefined || folder.height >= least) return;
    await raiseHeight(db, { id, height: least });
    id = folder.parent_id;
  }
}

type HeightRow = Pick<NodeRow, "parent_id" | "height">;

const selectHeight = prepared((db, { id }: { id: string }) =>
  db.selectFrom("nodes").select(["parent_id", "height"]).where("id", "=", id),
);

const raiseHeight = prepared((db, { id, height }: { id: string; height: number }) =>
  db.updateTable("nodes").set({ height }).where("id", "=", id),
);
