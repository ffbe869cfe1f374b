import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** Offline downloads. */
export function fetches(): Migration {
  return {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("fetches")
        .addColumn("id", "varchar(64)", (c) => c.primaryKey())
        .addColumn("owner_id", "varchar(64)", (c) => c.notNull().references("accounts.id"))
        .addColumn("url", "text", (c) => c.notNull())
        .addColumn("name", "text")
        .addColumn("parent_id", "varchar(64)")
        .addColumn("state", "varchar(32)", (c) => c.notNull())
        .addColumn("lane", "varchar(32)")
        .addColumn("run", "integer", (c) => c.notNull())
        .addColumn("attempts", "integer", (c) => c.notNull())
        .addColumn("validator", "text")
        .addColumn("upload_id", "varchar(64)")
        .addColumn("file_id", "varchar(64)")
        .addColumn("received_bytes", "bigint", (c) => c.notNull())
        .addColumn("total_bytes", "bigint")
        .addColumn("failure", "text")
        .addColumn("created_at", "bigint", (c) => c.notNull())
        .addColumn("updated_at", "bigint", (c) => c.notNull())
        .addColumn("ended_at", "bigint")
        .execute();
      const index = (name: string, columns: string[]) =>
        db.schema.createIndex(`fetches_by_${name}`).on("fetches").columns(columns).execute();
      await index("owner", ["owner_id", "created_at", "id"]);
      await index("lane", ["owner_id", "lane", "created_at", "id"]);
      await index("end", ["ended_at"]);
    },
  };
}
