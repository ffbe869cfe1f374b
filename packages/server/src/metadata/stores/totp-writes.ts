import { hasTotp, type PeopleStore } from "../../core/accounts/people-store.ts";
import { CoreError } from "../../core/errors.ts";
import { accountChanged } from "../../core/events/people-events.ts";
import type { Db } from "../schema.ts";
import { insertRows } from "./bulk.ts";
import { recordEvents } from "./event-writes.ts";
import { findCredentials } from "./people-reads.ts";

type Input<M extends keyof PeopleStore> = Parameters<PeopleStore[M]>[0];

export async function proposeTotp(
  db: Db,
  { accountId, secret }: Input<"proposeTotp">,
): Promise<void> {
  if (hasTotp(await findCredentials(db, accountId)))
    throw new CoreError("totp-state", { isEnabled: true });
  const changes = { totp_secret: secret, totp_confirmed_at: null, totp_last_step: 0 };
  const { numUpdatedRows } = await db
    .updateTable("credentials")
    .set(changes)
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) return;
  // Nobody who signs in by other means only has a row yet.
  await db
    .insertInto("credentials")
    .values({ account_id: accountId, password_hash: null, ...changes })
    .execute();
}

export async function confirmTotp(
  db: Db,
  { accountId, step, recoveryHashes, actor, now }: Input<"confirmTotp">,
): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable("credentials")
    .set({ totp_confirmed_at: now, totp_last_step: step })
    .where("account_id", "=", accountId)
    .where("totp_secret", "is not", null)
    .where("totp_confirmed_at", "is", null)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw new CoreError("totp-state", { isEnabled: false });
  await putRecoveryCodes(db, { accountId, hashes: recoveryHashes });
  await recordEvents(db, [accountChanged("account.totp-enabled", { accountId, actor, at: now })]);
}

export async function useTotpStep(
  db: Db,
  { accountId, step }: Input<"useTotpStep">,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("credentials")
    .set({ totp_last_step: step })
    .where("account_id", "=", accountId)
    .where("totp_last_step", "<", step)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export async function useRecoveryCode(
  db: Db,
  { accountId, hash, actor, now }: Input<"useRecoveryCode">,
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("recovery_codes")
    .where("account_id", "=", accountId)
    .where("hash", "=", hash)
    .executeTakeFirst();
  if (numDeletedRows === 0n) return false;
  await recordEvents(db, [
    accountChanged("account.recovery-code-used", { accountId, actor, at: now }),
  ]);
  return true;
}

export async function replaceRecoveryCodes(
  db: Db,
  { accountId, hashes, actor, now }: Input<"replaceRecoveryCodes">,
): Promise<void> {
  await putRecoveryCodes(db, { accountId, hashes });
  await recordEvents(db, [
    accountChanged("account.recovery-codes-made", { accountId, actor, at: now }),
  ]);
}

export async function disableTotp(
  db: Db,
  { accountId, actor, now }: Input<"disableTotp">,
): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable("credentials")
    .set({ totp_secret: null, totp_confirmed_at: null, totp_last_step: 0 })
    .where("account_id", "=", accountId)
    .where("totp_secret", "is not", null)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw new CoreError("totp-state", { isEnabled: false });
  await putRecoveryCodes(db, { accountId, hashes: [] });
  await recordEvents(db, [accountChanged("account.totp-disabled", { accountId, actor, at: now })]);
}

async function putRecoveryCodes(
  db: Db,
  { accountId, hashes }: { accountId: string; hashes: readonly string[] },
): Promise<void> {
  await db.deleteFrom("recovery_codes").where("account_id", "=", accountId).execute();
  const rows = hashes.map((hash) => ({ account_id: accountId, hash }));
  await insertRows(db, { into: "recovery_codes", rows });
}
