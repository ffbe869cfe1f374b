import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** What clients of other families say of their uploads. */
export function dialects(): Migration {
  return {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("dialect_tasks")
        .addColumn("upload_id", "varchar(64)", (c) => c.primaryKey())
        .addColumn("owner_id", "varchar(64)", (c) => c.notNull())
        .addColumn("dialect", "varchar(32)", (c) => c.notNull())
        .addColumn("task_key", "varchar(255)", (c) => c.notNull())
        .addColumn("total_chunks", "integer")
        .addColumn("chunk_size", "bigint")
        .addColumn("chunk_hashes", "text")
        .addColumn("hash_width", "integer", (c) => c.notNull())
        .addColumn("suspect", "integer", (c) => c.notNull())
        .addColumn("created_at", "bigint", (c) => c.notNull())
        .execute();
      await db.schema
        .createIndex("dialect_tasks_by_key")
        .on("dialect_tasks")
        .columns(["owner_id", "dialect", "task_key"])
        .unique()
        .execute();
    },
  };
}
