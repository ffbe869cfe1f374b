/** Where a search looks: in whose drives, and what of the names it found there is meant. */
import { sql, type RawBuilder } from "kysely";
import type { SearchScope } from "../../core/drive/node-store.ts";
import type { DriveNode } from "../../core/drive/node.ts";
import type { Db } from "../schema.ts";
import { inLists } from "./bulk.ts";
import { findOwnersSharing } from "./share-reads.ts";

export async function findOwners(db: Db, scope: SearchScope): Promise<string[]> {
  if (scope.kind !== "shared") return [scope.ownerId];
  const { accountId, withOwn } = scope;
  const others = await findOwnersSharing(db, scope);
  return withOwn ? [accountId, ...others] : others;
}

/** Undefined where all of a drive is meant. */
export function filterOf(
  db: Db,
  scope: SearchScope,
): ((nodes: readonly DriveNode[]) => Promise<ReadonlySet<string>>) | undefined {
  switch (scope.kind) {
    case "drive":
      return undefined;
    case "folder": {
      const { folderId, ownerId } = scope;
      if (folderId === ownerId) return undefined;
      return (nodes) => findBelow(db, { nodes, isTop: sql<boolean>`up.parent_id = ${folderId}` });
    }
    case "shared": {
      const { accountId, now } = scope;
      const isTop = sql<boolean>`exists (
        select 1 from shares where grantee_id = ${accountId} and node_id = up.id
        and shares.owner_id = up.owner_id and (expires_at is null or expires_at > ${now}))`;
      return async (nodes) => {
        const own = nodes.filter(({ ownerId }) => ownerId === accountId);
        const others = nodes.filter(({ ownerId }) => ownerId !== accountId);
        const shared = await findBelow(db, { nodes: others, isTop });
        return new Set([...own.map(({ id }) => id), ...shared]);
      };
    }
  }
}

/** Those on whose way up, themselves included, there is a top. */
async function findBelow(
  db: Db,
  { nodes, isTop }: { nodes: readonly DriveNode[]; isTop: RawBuilder<boolean> },
): Promise<Set<string>> {
  const rows = await inLists(
    nodes.map(({ id }) => id),
    async (list) => {
      const found = await sql<{ start: string }>`
        with recursive up (start, id, owner_id, parent_id) as (
          select id, id, owner_id, parent_id from nodes where id in (${sql.join(list)})
          union all
          select up.start, n.id, n.owner_id, n.parent_id from up join nodes n on n.id = up.parent_id
        )
        select distinct start from up where ${isTop}`.execute(db);
      return found.rows;
    },
  );
  return new Set(rows.map((row) => row.start));
}
