import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** One table for the audit log, the live stream and the outbox. */
export function events(): Migration {
  return {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("events")
        // Autoincrement: a number is never used again, also after the newest row is gone.
        .addColumn("seq", "integer", (c) => c.primaryKey().autoIncrement())
        .addColumn("kind", "varchar(64)", (c) => c.notNull())
        .addColumn("account_id", "varchar(64)", (c) => c.notNull())
        .addColumn("actor_id", "varchar(64)")
        .addColumn("address", "varchar(64)")
        .addColumn("subject_id", "varchar(64)")
        .addColumn("data", "text", (c) => c.notNull())
        .addColumn("at", "bigint", (c) => c.notNull())
        .execute();
      await db.schema
        .createIndex("events_by_account")
        .on("events")
        .columns(["account_id", "seq"])
        .execute();
      // What happened to one thing. Other questions read a bounded stretch of the table: each index would cost every small file a write.
      await db.schema
        .createIndex("events_by_subject")
        .on("events")
        .columns(["subject_id", "seq"])
        .execute();
    },
  };
}
