/** Where a folder is: in whose drive, how deep, and whether its parents lead to the root. One walk up, of at most the greatest depth. */
import { sql } from "kysely";
import { CoreError } from "../../core/errors.ts";
import type { Db } from "../schema.ts";
import { inLists } from "./bulk.ts";
import { firstRow, prepared } from "./prepared.ts";

export interface FolderState {
  readonly id: string;
  readonly ownerId: string;
  /** 0 for a root. */
  readonly depth: number;
  readonly isLive: boolean;
  /** From this folder up to the one below the root; empty for a root. */
  readonly path: readonly string[];
}

interface Step {
  readonly id: string;
  readonly owner_id: string;
  readonly parent_id: string | null;
  readonly is_file: 0 | 1;
}

/** Undefined when there is no such folder; throws `not-a-folder`. */
export async function findFolderState(db: Db, id: string): Promise<FolderState | undefined> {
  const { rows } = await selectPathUp(db, { id });
  const [folder] = rows;
  if (folder === undefined) {
    const account = await firstRow(selectRoot(db, { id }));
    return account && { id, ownerId: id, depth: 0, isLive: true, path: [] };
  }
  if (folder.is_file === 1) throw new CoreError("not-a-folder", { id });
  return {
    id,
    ownerId: folder.owner_id,
    depth: rows.length,
    isLive: rows.at(-1)!.parent_id === folder.owner_id,
    path: rows.map((row) => row.id),
  };
}

/** In the order of the walk: recursion puts out what it found in the order in which it found it. */
export const selectPathUp = prepared((_db: Db, { id }: { id: string }) => ({
  compile: () =>
    sql<Step>`
      with recursive up (id, owner_id, parent_id, is_file) as (
        select id, owner_id, parent_id, is_file from nodes where id = ${id}
        union all
        select n.id, n.owner_id, n.parent_id, n.is_file from up join nodes n on n.id = up.parent_id
      )
      select * from up`.compile(_db),
}));

const selectRoot = prepared((db, { id }: { id: string }) =>
  db.selectFrom("accounts").select("id").where("id", "=", id),
);

/** Those of the folders (roots included) whose parents lead to a root. */
export async function findLiveFolders(
  db: Db,
  folders: readonly { readonly id: string; readonly ownerId: string }[],
): Promise<Set<string>> {
  const roots = folders.filter(({ id, ownerId }) => id === ownerId).map(({ id }) => id);
  const others = [...new Set(folders.map(({ id }) => id))].filter((id) => !roots.includes(id));
  const rows = await inLists(others, async (list) => {
    const found = await sql<{ start: string }>`
      with recursive up (start, owner_id, parent_id) as (
        select id, owner_id, parent_id from nodes where id in (${sql.join(list)})
        union all
        select up.start, up.owner_id, n.parent_id from up join nodes n on n.id = up.parent_id
      )
      select start from up where parent_id = owner_id`.execute(db);
    return found.rows;
  });
  return new Set([...roots, ...rows.map((row) => row.start)]);
}
