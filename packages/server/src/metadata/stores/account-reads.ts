import type { Selectable } from "kysely";
import type { Account } from "../../core/accounts/account-store.ts";
import type { AccountsTable, Db } from "../schema.ts";
import { firstRow, prepared } from "./prepared.ts";

export async function findAccount(db: Db, id: string): Promise<Account | undefined> {
  const row = await db.selectFrom("accounts").selectAll().where("id", "=", id).executeTakeFirst();
  return row && toAccount(row);
}

export async function findAccountByTokenHash(db: Db, hash: string): Promise<Account | undefined> {
  const row = await firstRow(selectByTokenHash(db, { hash }));
  return row && toAccount(row);
}

const selectByTokenHash = prepared((db, { hash }: { hash: string }) =>
  db
    .selectFrom("tokens")
    .innerJoin("accounts", "accounts.id", "tokens.account_id")
    .selectAll("accounts")
    .where("tokens.hash", "=", hash),
);

function toAccount(row: Selectable<AccountsTable>): Account {
  return {
    id: row.id,
    name: row.name,
    quotaBytes: row.quota_bytes,
    usedBytes: row.used_bytes,
    reservedBytes: row.reserved_bytes,
  };
}
