import type { Selectable } from "kysely";
import type { Account, TokenHolder } from "../../core/accounts/account-store.ts";
import type { Scope } from "../../core/accounts/role.ts";
import type { AccountsTable, Db } from "../schema.ts";
import { firstRow, prepared } from "./prepared.ts";

export async function findAccount(db: Db, id: string): Promise<Account | undefined> {
  const row = await db.selectFrom("accounts").selectAll().where("id", "=", id).executeTakeFirst();
  return row && toAccount(row);
}

export async function findAccountByTokenHash(
  db: Db,
  hash: string,
): Promise<TokenHolder | undefined> {
  return toHolder(await firstRow(selectByTokenHash(db, { hash })));
}

export async function findAccountByTokenId(db: Db, id: string): Promise<TokenHolder | undefined> {
  return toHolder(await firstRow(selectByTokenId(db, { id })));
}

function toHolder(row: TokenRow | undefined): TokenHolder | undefined {
  if (row === undefined) return undefined;
  const { token_id: tokenId, expires_at: expiresAt, used_at: usedAt } = row;
  return { account: toAccount(row), tokenId, scopes: parseScopes(row.scopes), expiresAt, usedAt };
}

function selectHolder(db: Db) {
  return db
    .selectFrom("tokens")
    .innerJoin("accounts", "accounts.id", "tokens.account_id")
    .selectAll("accounts")
    .select(["tokens.id as token_id", "tokens.scopes", "tokens.expires_at", "tokens.used_at"]);
}

type TokenRow = Awaited<ReturnType<ReturnType<typeof selectHolder>["executeTakeFirstOrThrow"]>>;

const selectByTokenHash = prepared((db, { hash }: { hash: string }) =>
  selectHolder(db).where("tokens.hash", "=", hash),
);
const selectByTokenId = prepared((db, { id }: { id: string }) =>
  selectHolder(db).where("tokens.id", "=", id),
);

/** We wrote it. */
export function parseScopes(json: string): Scope[] {
  return JSON.parse(json) as Scope[];
}

export function toAccount(row: Omit<Selectable<AccountsTable>, "login_key">): Account {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    disabledAt: row.disabled_at,
    quotaBytes: row.quota_bytes,
    usedBytes: row.used_bytes,
    reservedBytes: row.reserved_bytes,
  };
}
