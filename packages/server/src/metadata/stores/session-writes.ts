import { CoreError } from "../../core/errors.ts";
import type { SessionStore, TokenStore } from "../../core/accounts/people-store.ts";
import {
  sessionEnded,
  signedIn,
  tokenCreated,
  tokenRevoked,
} from "../../core/events/people-events.ts";
import type { Db } from "../schema.ts";
import { recordEvents } from "./event-writes.ts";

type Input<M extends keyof SessionStore> = Parameters<SessionStore[M]>[0];

export async function openSession(
  db: Db,
  { session, passwordHash, actor }: Input<"openSession">,
): Promise<void> {
  await assertMayOpen(db, { accountId: session.accountId, passwordHash });
  await db
    .insertInto("sessions")
    .values({
      id: session.id,
      account_id: session.accountId,
      generation: session.generation,
      refresh_hash: session.refreshHash,
      rotated_at: session.rotatedAt,
      created_at: session.createdAt,
      expires_at: session.expiresAt,
      access_ms: session.accessMs,
      method: session.method,
      address: session.address,
      user_agent: session.userAgent,
    })
    .execute();
  await recordEvents(db, [signedIn(session, actor)]);
}

async function assertMayOpen(
  db: Db,
  { accountId, passwordHash }: { accountId: string; passwordHash: string | undefined },
): Promise<void> {
  const row = await db
    .selectFrom("accounts")
    .leftJoin("credentials", "credentials.account_id", "accounts.id")
    .select(["accounts.disabled_at", "credentials.password_hash"])
    .where("accounts.id", "=", accountId)
    .executeTakeFirst();
  if (passwordHash !== undefined && row?.password_hash !== passwordHash)
    throw new CoreError("sign-in-failed", {});
  if (row && row.disabled_at !== null) throw new CoreError("account-disabled", {});
}

export async function rotateSession(
  db: Db,
  { id, generation, refreshHash, now, expiresAt }: Input<"rotateSession">,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("sessions")
    .set({
      generation: generation + 1,
      refresh_hash: refreshHash,
      rotated_at: now,
      expires_at: expiresAt,
    })
    .where("id", "=", id)
    .where("generation", "=", generation)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function endSession(
  db: Db,
  { id, accountId, why, actor, now }: Input<"endSession">,
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("sessions")
    .where("id", "=", id)
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  if (numDeletedRows === 0n) return false;
  await dropLinking(db, accountId);
  await recordEvents(db, [sessionEnded({ id, accountId }, { why, actor, at: now })]);
  return true;
}

/** A link to an identity elsewhere that was begun in a session that ends would be another way in. */
async function dropLinking(db: Db, accountId: string): Promise<void> {
  await db.deleteFrom("oauth_attempts").where("account_id", "=", accountId).execute();
}

export async function endSessions(
  db: Db,
  { accountId, keep, endTokens = false, actor, now }: Input<"endSessions">,
): Promise<number> {
  const sessions = await db
    .selectFrom("sessions")
    .select("id")
    .where("account_id", "=", accountId)
    .execute();
  const ended = sessions.filter(({ id }) => id !== keep);
  for (const { id } of ended) await endSession(db, { id, accountId, why: "revoked", actor, now });
  await dropLinking(db, accountId);
  if (endTokens) await revokeTokens(db, { accountId, actor, now });
  return ended.length;
}

type TokenInput<M extends keyof TokenStore> = Parameters<TokenStore[M]>[0];

export async function createToken(
  db: Db,
  { token, accountId, hash, actor }: TokenInput<"createToken">,
): Promise<void> {
  const { id, name, createdAt, expiresAt } = token;
  await db
    .insertInto("tokens")
    .values({
      id,
      account_id: accountId,
      hash,
      created_at: createdAt,
      kind: "api",
      name,
      scopes: JSON.stringify(token.scopes),
      expires_at: expiresAt,
      used_at: null,
    })
    .execute();
  await recordEvents(db, [tokenCreated(token, { accountId, actor })]);
}

export async function revokeToken(
  db: Db,
  { id, accountId, actor, now }: TokenInput<"revokeToken">,
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("tokens")
    .where("id", "=", id)
    .where("account_id", "=", accountId)
    .where("kind", "=", "api")
    .executeTakeFirst();
  if (numDeletedRows === 0n) return false;
  await recordEvents(db, [tokenRevoked(id, { accountId, actor, at: now })]);
  return true;
}

/** All but the owner's own, which is as good as the data folder that keeps it. */
async function revokeTokens(
  db: Db,
  { accountId, actor, now }: Omit<TokenInput<"revokeToken">, "id">,
): Promise<void> {
  const tokens = await db
    .selectFrom("tokens")
    .select("id")
    .where("account_id", "=", accountId)
    .where("kind", "=", "api")
    .execute();
  for (const { id } of tokens) await revokeToken(db, { id, accountId, actor, now });
}

export async function touchTokens(db: Db, { ids, now }: TokenInput<"touchTokens">): Promise<void> {
  for (const id of ids)
    await db.updateTable("tokens").set({ used_at: now }).where("id", "=", id).execute();
}
