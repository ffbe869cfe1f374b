import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import type { DialectTraits } from "./traits.ts";

/** Tasks of other families' clients, and how an owner's content is found by any digest that such a client knows. */
export function dialects(traits: DialectTraits): Migration {
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
      for (const digest of ["md5", "sha1"]) {
        const index = db.schema.createIndex(`blobs_by_${digest}`).on("blobs").column(digest);
        await (
          traits.partialIndexes ? index.where(sql<boolean>`${sql.ref(digest)} is not null`) : index
        ).execute();
      }
    },
  };
}
