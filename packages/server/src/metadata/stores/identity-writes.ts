import type { IdentityStore, OauthAttempt } from "../../core/accounts/people-store.ts";
import { CoreError } from "../../core/errors.ts";
import { identityLinked, identityUnlinked } from "../../core/events/people-events.ts";
import type { Db } from "../schema.ts";
import { recordEvents } from "./event-writes.ts";
import { findCredentials, findIdentity, listIdentities } from "./people-reads.ts";

type Input<M extends keyof IdentityStore> = Parameters<IdentityStore[M]>[0];

export async function linkIdentity(
  db: Db,
  { identity, actor, now }: Input<"linkIdentity">,
): Promise<void> {
  const { id, accountId, provider, providerId, name, email, createdAt } = identity;
  const known = await findIdentity(db, { provider, providerId });
  if (known?.accountId === accountId) return;
  if (known !== undefined) throw new CoreError("identity-taken", { provider });
  await db
    .insertInto("user_auth")
    .values({
      id,
      provider,
      provider_id: providerId,
      user_id: accountId,
      name,
      email,
      created_at: createdAt,
    })
    .execute();
  await recordEvents(db, [identityLinked(identity, { actor, at: now })]);
}

export async function unlinkIdentity(
  db: Db,
  { id, accountId, actor, now }: Input<"unlinkIdentity">,
): Promise<void> {
  const linked = await listIdentities(db, accountId);
  const identity = linked.find((one) => one.id === id);
  if (identity === undefined) throw new CoreError("identity-not-found", { id });
  const credentials = await findCredentials(db, accountId);
  if (linked.length === 1 && !credentials?.passwordHash) throw new CoreError("last-sign-in", {});
  await db.deleteFrom("user_auth").where("id", "=", id).execute();
  await recordEvents(db, [identityUnlinked(identity, { actor, at: now })]);
}

export async function beginOauth(
  db: Db,
  { stateHash, attempt }: Input<"beginOauth">,
): Promise<void> {
  await db
    .insertInto("oauth_attempts")
    .values({
      state_hash: stateHash,
      browser_hash: attempt.browserHash,
      provider: attempt.provider,
      nonce: attempt.nonce,
      verifier: attempt.verifier,
      return_to: attempt.returnTo,
      account_id: attempt.accountId,
      invitation: attempt.invitation,
      expires_at: attempt.expiresAt,
    })
    .execute();
}

export async function takeOauth(
  db: Db,
  { stateHash }: Input<"takeOauth">,
): Promise<OauthAttempt | undefined> {
  const row = await db
    .selectFrom("oauth_attempts")
    .selectAll()
    .where("state_hash", "=", stateHash)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  await db.deleteFrom("oauth_attempts").where("state_hash", "=", stateHash).execute();
  return {
    provider: row.provider,
    nonce: row.nonce,
    verifier: row.verifier,
    returnTo: row.return_to,
    browserHash: row.browser_hash,
    accountId: row.account_id,
    invitation: row.invitation,
    expiresAt: row.expires_at,
  };
}
