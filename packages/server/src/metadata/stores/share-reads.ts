import { roles, scopesOf } from "../../core/accounts/role.ts";
import type { Page, PageQuery } from "../../core/drive/node-store.ts";
import type { FoundShare, Grant } from "../../core/sharing/share-store.ts";
import type { Share, UserShare } from "../../core/sharing/share.ts";
import type { Db } from "../schema.ts";
import { inLists } from "./bulk.ts";
import { formatCursor, parseCursor } from "./cursor.ts";
import { toShare } from "./share-row.ts";

export async function findShare(db: Db, id: string): Promise<Share | undefined> {
  const row = await db.selectFrom("shares").selectAll().where("id", "=", id).executeTakeFirst();
  return row && toShare(row);
}

export async function findShareByTokenHash(db: Db, hash: string): Promise<FoundShare | undefined> {
  const row = await db
    .selectFrom("shares")
    .innerJoin("accounts", "accounts.id", "shares.owner_id")
    .selectAll("shares")
    .select(["accounts.name", "accounts.role", "accounts.disabled_at"])
    .where("shares.token_hash", "=", hash)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const share = toShare(row);
  if (share.kind === "user") throw new Error(`a token of a share with an account: ${share.id}`);
  const { name, role, disabled_at: disabledAt } = row;
  return { share, owner: { name, role, isDisabled: disabledAt !== null } };
}

export async function listShares(
  db: Db,
  { ownerId, nodeId, limit, cursor }: { ownerId: string; nodeId?: string } & PageQuery,
): Promise<Page<Share>> {
  let query = db.selectFrom("shares").selectAll().where("owner_id", "=", ownerId);
  if (nodeId !== undefined) query = query.where("node_id", "=", nodeId);
  if (cursor !== undefined) {
    const [at, id] = parseCursor(cursor, ["number", "string"]);
    query = query
      .where("created_at", "<=", at)
      .where((e) => e.or([e("created_at", "<", at), e("id", "<", id)]));
  }
  const rows = await query
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    items: rows.slice(0, limit).map(toShare),
    nextCursor: last ? formatCursor([last.created_at, last.id]) : null,
  };
}

/** Whoever may not use their own drive lets nobody else use it either, by a link or by name. */
const sharing = roles.filter((role) => scopesOf(role).has("files:write"));

function selectGrants(db: Db, { accountId, now }: { accountId: string; now: number }) {
  return db
    .selectFrom("shares")
    .innerJoin("accounts", "accounts.id", "shares.owner_id")
    .selectAll("shares")
    .select("accounts.name as owner_name")
    .where("shares.grantee_id", "=", accountId)
    .where("accounts.disabled_at", "is", null)
    .where("accounts.role", "in", sharing)
    .where((e) => e.or([e("shares.expires_at", "is", null), e("shares.expires_at", ">", now)]));
}

export async function listGrantsTo(
  db: Db,
  { accountId, now, limit, cursor }: { accountId: string; now: number } & PageQuery,
): Promise<Page<Grant>> {
  let query = selectGrants(db, { accountId, now });
  if (cursor !== undefined) {
    const [at, id] = parseCursor(cursor, ["number", "string"]);
    query = query
      .where("shares.created_at", "<=", at)
      .where((e) => e.or([e("shares.created_at", "<", at), e("shares.id", "<", id)]));
  }
  const rows = await query
    .orderBy("shares.created_at", "desc")
    .orderBy("shares.id", "desc")
    .limit(limit + 1)
    .execute();
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    items: rows
      .slice(0, limit)
      .map((row) => ({ share: toShare(row) as UserShare, ownerName: row.owner_name })),
    nextCursor: last ? formatCursor([last.created_at, last.id]) : null,
  };
}

export async function findGrantsOn(
  db: Db,
  { accountId, nodeIds, now }: { accountId: string; nodeIds: readonly string[]; now: number },
): Promise<UserShare[]> {
  const rows = await inLists(nodeIds, (list) =>
    selectGrants(db, { accountId, now }).where("shares.node_id", "in", list).execute(),
  );
  return rows.map((row) => toShare(row) as UserShare);
}

export async function findOwnersSharing(
  db: Db,
  { accountId, now }: { accountId: string; now: number },
): Promise<string[]> {
  const rows = await db
    .selectFrom("shares")
    .innerJoin("accounts", "accounts.id", "shares.owner_id")
    .select("shares.owner_id")
    .distinct()
    .where("shares.grantee_id", "=", accountId)
    .where("accounts.disabled_at", "is", null)
    .where("accounts.role", "in", sharing)
    .where((e) => e.or([e("shares.expires_at", "is", null), e("shares.expires_at", ">", now)]))
    .execute();
  return rows.map((row) => row.owner_id);
}

/** The one that a node has with an account, expired or not. */
export async function findGrantOf(
  db: Db,
  { granteeId, nodeId }: { granteeId: string; nodeId: string },
): Promise<Share | undefined> {
  const row = await db
    .selectFrom("shares")
    .selectAll()
    .where("grantee_id", "=", granteeId)
    .where("node_id", "=", nodeId)
    .executeTakeFirst();
  return row && toShare(row);
}

export async function findOpenUploads(db: Db, shareId: string): Promise<string[]> {
  const rows = await db
    .selectFrom("uploads")
    .select("id")
    .where("share_id", "=", shareId)
    .where("ended_at", "is", null)
    .execute();
  return rows.map(({ id }) => id);
}

export async function findStrayUploads(db: Db, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom("uploads")
    .select("uploads.id")
    .where("uploads.share_id", ">", "")
    .where("uploads.ended_at", "is", null)
    .where((e) =>
      e.not(
        e.exists(
          e.selectFrom("shares").select("shares.id").whereRef("shares.id", "=", "uploads.share_id"),
        ),
      ),
    )
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}
