import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** Attempts to link an identity end with the sessions of the account. */
export function security(): Migration {
  return {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createIndex("oauth_attempts_by_account_id")
        .on("oauth_attempts")
        .column("account_id")
        .execute();
    },
  };
}
