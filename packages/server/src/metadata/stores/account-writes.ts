import { sql } from "kysely";
import type { Account } from "../../core/accounts/account-store.ts";
import { scopes } from "../../core/accounts/role.ts";
import type { Role } from "../../core/accounts/role.ts";
import { CoreError } from "../../core/errors.ts";
import type { Db } from "../schema.ts";
import { findAccount } from "./account-reads.ts";
import { prepared } from "./prepared.ts";

export async function ensureOwner(
  db: Db,
  input: { id: string; name: string; role?: Role; quotaBytes: number | null; now: number },
): Promise<Account> {
  const { id, name, role = "owner", quotaBytes, now } = input;
  const known = await findAccount(db, id);
  if (known === undefined) {
    await insertAccount(db, { id, name, role, loginKey: null, quotaBytes, now });
    const counters = { usedBytes: 0, reservedBytes: 0 };
    return { id, name, role, disabledAt: null, quotaBytes, ...counters };
  }
  if (known.quotaBytes !== quotaBytes) {
    await db
      .updateTable("accounts")
      .set({ quota_bytes: quotaBytes })
      .where("id", "=", id)
      .execute();
  }
  return { ...known, quotaBytes };
}

export async function insertAccount(
  db: Db,
  account: {
    id: string;
    name: string;
    role: Role;
    loginKey: string | null;
    quotaBytes: number | null;
    now: number;
  },
): Promise<void> {
  const { id, name, role, loginKey, quotaBytes, now } = account;
  await db
    .insertInto("accounts")
    .values({
      id,
      name,
      role,
      login_key: loginKey,
      disabled_at: null,
      quota_bytes: quotaBytes,
      used_bytes: 0,
      reserved_bytes: 0,
      open_uploads: 0,
      created_at: now,
    })
    .execute();
}

export async function replaceToken(
  db: Db,
  input: { id: string; accountId: string; hash: string; now: number },
): Promise<void> {
  const { id, accountId, hash, now } = input;
  await db
    .deleteFrom("tokens")
    .where("account_id", "=", accountId)
    .where("kind", "=", "owner")
    .execute();
  await db
    .insertInto("tokens")
    .values({
      id,
      account_id: accountId,
      hash,
      created_at: now,
      kind: "owner",
      name: "owner.token",
      scopes: JSON.stringify(scopes),
      expires_at: null,
      used_at: null,
    })
    .execute();
}

/** What a change of an account's holdings may not pass. Without growth nothing is checked, so that whoever is over can still shrink. */
export interface Holdings {
  readonly ownerId: string;
  readonly used?: number;
  readonly reserved?: number;
  readonly open?: number;
  readonly maxOpenUploads?: number;
}

/**
 * Moves used and reserved bytes and the count of open uploads by the given amounts, in one conditional UPDATE: of any number of callers
 * racing for the last bytes, as many succeed as fit. Throws `quota-exceeded`, `too-many-uploads`.
 */
export async function adjustHoldings(db: Db, holdings: Holdings): Promise<void> {
  const { ownerId, used = 0, reserved = 0, open = 0, maxOpenUploads } = holdings;
  const growth = used + reserved;
  if (used === 0 && reserved === 0 && open === 0) return;
  const isOpening = maxOpenUploads !== undefined;
  const move =
    growth > 0
      ? isOpening
        ? moves.openGrowing
        : moves.growing
      : isOpening
        ? moves.open
        : moves.free;
  const { numAffectedRows } = await move(db, {
    ownerId,
    used,
    reserved,
    open,
    growth,
    max: maxOpenUploads ?? 0,
  });
  if (numAffectedRows !== 1n) throw await refusal(db, holdings);
}

/** Beyond the quota where need be: it is for bytes that are there already. Until there is room again, nothing more is. */
export async function reserveRegardless(
  db: Db,
  { ownerId, bytes }: { ownerId: string; bytes: number },
): Promise<void> {
  await moves.free(db, { ownerId, reserved: bytes, used: 0, open: 0, growth: bytes, max: 0 });
}

interface Move {
  readonly ownerId: string;
  readonly used: number;
  readonly reserved: number;
  readonly open: number;
  readonly growth: number;
  readonly max: number;
}

const moves = {
  free: prepared(moveHoldings),
  growing: prepared((db, input: Move) => moveHoldings(db, input).where(fitsQuota(input))),
  open: prepared((db, input: Move) =>
    moveHoldings(db, input).where("open_uploads", "<", input.max),
  ),
  openGrowing: prepared((db, input: Move) =>
    moveHoldings(db, input).where("open_uploads", "<", input.max).where(fitsQuota(input)),
  ),
};

function moveHoldings(db: Db, { ownerId, used, reserved, open }: Move) {
  return db
    .updateTable("accounts")
    .set({
      used_bytes: sql`used_bytes + ${used}`,
      reserved_bytes: sql`reserved_bytes + ${reserved}`,
      open_uploads: sql`open_uploads + ${open}`,
    })
    .where("id", "=", ownerId);
}

function fitsQuota({ growth }: Move) {
  return sql<boolean>`(quota_bytes is null or used_bytes + reserved_bytes + ${growth} <= quota_bytes)`;
}

async function refusal(
  db: Db,
  { ownerId, used = 0, reserved = 0, maxOpenUploads }: Holdings,
): Promise<Error> {
  const row = await db
    .selectFrom("accounts")
    .selectAll()
    .where("id", "=", ownerId)
    .executeTakeFirst();
  if (row === undefined) return new Error(`no account ${ownerId}`);
  if (maxOpenUploads !== undefined && row.open_uploads >= maxOpenUploads) {
    return new CoreError("too-many-uploads", { limit: maxOpenUploads });
  }
  return new CoreError("quota-exceeded", {
    quotaBytes: row.quota_bytes ?? 0,
    usedBytes: row.used_bytes + row.reserved_bytes,
    wantedBytes: used + reserved,
  });
}
