import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** Links, file requests, and what is shared with named accounts. */
export function sharing(): Migration {
  return {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("shares")
        .addColumn("id", "varchar(64)", (c) => c.primaryKey())
        .addColumn("owner_id", "varchar(64)", (c) => c.notNull().references("accounts.id"))
        .addColumn("node_id", "varchar(64)", (c) => c.notNull())
        .addColumn("kind", "varchar(16)", (c) => c.notNull())
        .addColumn("token_hash", "varchar(64)", (c) => c.unique())
        .addColumn("password_hash", "text")
        .addColumn("password_version", "integer", (c) => c.notNull())
        .addColumn("expires_at", "bigint")
        .addColumn("max_downloads", "integer")
        .addColumn("downloads", "integer", (c) => c.notNull())
        .addColumn("preview_only", "integer", (c) => c.notNull())
        .addColumn("max_bytes", "bigint")
        .addColumn("received_bytes", "bigint", (c) => c.notNull())
        .addColumn("grantee_id", "varchar(64)", (c) => c.references("accounts.id"))
        .addColumn("grantee_right", "varchar(16)")
        .addColumn("created_at", "bigint", (c) => c.notNull())
        .addColumn("updated_at", "bigint", (c) => c.notNull())
        .execute();
      const index = (name: string, columns: string[]) =>
        db.schema.createIndex(`shares_by_${name}`).on("shares").columns(columns).execute();
      await index("owner", ["owner_id", "created_at", "id"]);
      await index("node", ["node_id", "owner_id", "created_at", "id"]);
      await index("grantee_time", ["grantee_id", "created_at", "id"]);
      await db.schema
        .createIndex("shares_by_grantee")
        .on("shares")
        .columns(["grantee_id", "node_id"])
        .unique()
        .execute();
    },
  };
}
