import type { Account } from "../../core/accounts/account-store.ts";
import { loginKey } from "../../core/accounts/login-name.ts";
import type { PeopleStore, User } from "../../core/accounts/people-store.ts";
import { CoreError } from "../../core/errors.ts";
import type { BusinessEvent } from "../../core/events.ts";
import {
  accountChanged,
  quotaChanged,
  roleChanged,
  signedUp,
  signInFailed,
} from "../../core/events/people-events.ts";
import type { Db } from "../schema.ts";
import { findAccount } from "./account-reads.ts";
import { insertAccount } from "./account-writes.ts";
import { recordEvents } from "./event-writes.ts";
import { linkIdentity } from "./identity-writes.ts";
import { dropLinksOf, useLink } from "./link-writes.ts";
import { findUser } from "./people-reads.ts";
import { endSessions } from "./session-writes.ts";

type Input<M extends keyof PeopleStore> = Parameters<PeopleStore[M]>[0];

export async function createAccount(
  db: Db,
  { account, invitation, identity, actor, now }: Input<"createAccount">,
): Promise<Account> {
  const { id, name, passwordHash } = account;
  await assertNameFree(db, { name, exceptId: null });
  const link =
    invitation === undefined
      ? null
      : await useLink(db, { kind: "invitation", hash: invitation, now });
  const { role, quotaBytes } = link ?? account;
  await insertAccount(db, { id, name, role, loginKey: loginKey(name), quotaBytes, now });
  if (passwordHash !== null) await setPassword(db, { accountId: id, passwordHash });
  const event = signedUp({ id, name, role }, { invitation: link?.id ?? null, actor, at: now });
  await recordEvents(db, [event]);
  if (identity !== undefined) await linkIdentity(db, { identity, actor: event.actor, now });
  return await existing(db, id);
}

export async function setUpOwner(
  db: Db,
  { link: hash, name, passwordHash, actor, now }: Input<"setUpOwner">,
): Promise<Account> {
  const { accountId } = await useLink(db, { kind: "set-up", hash, now });
  if (accountId === null) throw new CoreError("link-invalid", {});
  await assertNameFree(db, { name, exceptId: accountId });
  await db
    .updateTable("accounts")
    .set({ name, login_key: loginKey(name) })
    .where("id", "=", accountId)
    .execute();
  await setPassword(db, { accountId, passwordHash });
  const facts = { id: accountId, name, role: "owner" } as const;
  await recordEvents(db, [signedUp(facts, { invitation: null, actor, at: now })]);
  return await existing(db, accountId);
}

export async function changePassword(
  db: Db,
  { accountId, passwordHash, keepSession: keep, endTokens, actor, now }: Input<"changePassword">,
): Promise<void> {
  await setPassword(db, { accountId, passwordHash });
  const event = accountChanged("account.password-changed", { accountId, actor, at: now });
  await recordEvents(db, [event]);
  await endSessions(db, { accountId, keep, endTokens, actor, now });
}

export async function resetPassword(
  db: Db,
  { link: hash, passwordHash, actor, now }: Input<"resetPassword">,
): Promise<Account> {
  const { accountId } = await useLink(db, { kind: "reset", hash, now });
  if (accountId === null) throw new CoreError("link-invalid", {});
  await setPassword(db, { accountId, passwordHash });
  const by = { ...actor, accountId };
  const event = accountChanged("account.password-reset", { accountId, actor: by, at: now });
  await recordEvents(db, [event]);
  await endSessions(db, { accountId, keep: null, endTokens: true, actor: by, now });
  await dropLinksOf(db, { accountId, actor: by, now });
  return await existing(db, accountId);
}

export async function changeUser(
  db: Db,
  { id, role, quotaBytes, isDisabled, actor, now }: Input<"changeUser">,
): Promise<User> {
  const before = await findUser(db, id);
  if (before === undefined) throw new CoreError("account-not-found", { id });
  const occasion = { actor, at: now };
  const events: BusinessEvent[] = [];
  if (role !== undefined && role !== before.role) {
    await db.updateTable("accounts").set({ role }).where("id", "=", id).execute();
    events.push(roleChanged(id, { ...occasion, from: before.role, to: role }));
  }
  if (quotaBytes !== undefined && quotaBytes !== before.quotaBytes) {
    await db
      .updateTable("accounts")
      .set({ quota_bytes: quotaBytes })
      .where("id", "=", id)
      .execute();
    events.push(quotaChanged(id, { ...occasion, from: before.quotaBytes, to: quotaBytes }));
  }
  if (isDisabled !== undefined && isDisabled !== (before.disabledAt !== null)) {
    const disabled_at = isDisabled ? now : null;
    await db.updateTable("accounts").set({ disabled_at }).where("id", "=", id).execute();
    const kind = isDisabled ? "account.disabled" : "account.enabled";
    events.push(accountChanged(kind, { ...occasion, accountId: id }));
  }
  await recordEvents(db, events);
  if (isDisabled === true) await endSessions(db, { accountId: id, keep: null, actor, now });
  const after = await findUser(db, id);
  if (after === undefined) throw new CoreError("account-not-found", { id });
  return after;
}

export async function recordFailedSignIn(
  db: Db,
  { accountId, reason, actor, now }: Input<"recordFailedSignIn">,
): Promise<void> {
  await recordEvents(db, [signInFailed(accountId, { reason, actor, at: now })]);
}

/** Rows that stopped counting by time alone. Whatever asks about them compares the time itself: this only frees the room. */
export async function purgeExpired(db: Db, { now, limit }: Input<"purgeExpired">): Promise<number> {
  let purged = 0;
  for (const table of ["sessions", "one_time_links", "tokens"] as const) {
    const rows = await db
      .selectFrom(table)
      .select("id")
      .where("expires_at", "<=", now)
      .limit(limit)
      .execute();
    for (const { id } of rows) await db.deleteFrom(table).where("id", "=", id).execute();
    purged += rows.length;
  }
  const attempts = await db
    .selectFrom("oauth_attempts")
    .select("state_hash")
    .where("expires_at", "<=", now)
    .limit(limit)
    .execute();
  for (const { state_hash } of attempts)
    await db.deleteFrom("oauth_attempts").where("state_hash", "=", state_hash).execute();
  return purged + attempts.length;
}

async function setPassword(
  db: Db,
  { accountId, passwordHash }: { accountId: string; passwordHash: string },
): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable("credentials")
    .set({ password_hash: passwordHash })
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) return;
  await db
    .insertInto("credentials")
    .values({
      account_id: accountId,
      password_hash: passwordHash,
      totp_secret: null,
      totp_confirmed_at: null,
      totp_last_step: 0,
    })
    .execute();
}

async function assertNameFree(
  db: Db,
  { name, exceptId }: { name: string; exceptId: string | null },
): Promise<void> {
  const holder = await db
    .selectFrom("accounts")
    .select("id")
    .where("login_key", "=", loginKey(name))
    .executeTakeFirst();
  if (holder !== undefined && holder.id !== exceptId)
    throw new CoreError("account-name-taken", { name });
}

async function existing(db: Db, id: string): Promise<Account> {
  const account = await findAccount(db, id);
  if (account === undefined) throw new CoreError("account-not-found", { id });
  return account;
}
