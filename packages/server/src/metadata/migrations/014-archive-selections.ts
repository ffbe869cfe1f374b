import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** What was chosen to be one archive, under an address of its own. */
export function archiveSelections(): Migration {
  return {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("archive_selections")
        .addColumn("id", "varchar(64)", (c) => c.primaryKey())
        .addColumn("account_id", "varchar(64)", (c) => c.notNull().references("accounts.id"))
        .addColumn("name", "text", (c) => c.notNull())
        .addColumn("ids", "text")
        .addColumn("weight", "integer", (c) => c.notNull())
        .addColumn("expires_at", "bigint", (c) => c.notNull())
        .execute();
      const index = (name: string, columns: string[]) =>
        db.schema.createIndex(name).on("archive_selections").columns(columns).execute();
      await index("archive_selections_by_account", ["account_id", "expires_at", "id", "weight"]);
      await index("archive_selections_by_expiry", ["expires_at"]);
    },
  };
}
