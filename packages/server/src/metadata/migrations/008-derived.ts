import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import type { DialectTraits } from "./traits.ts";

/** Previews of blobs, which are blobs themselves. */
export function derived(traits: DialectTraits): Migration {
  return {
    async up(db: Kysely<unknown>) {
      const table = db.schema
        .createTable("derived")
        .addColumn("blob_id", "varchar(64)", (c) => c.notNull().references("blobs.id"))
        .addColumn("kind", "varchar(32)", (c) => c.notNull())
        .addColumn("derived_blob_id", "varchar(64)", (c) => c.references("blobs.id"))
        .addColumn("failure", "varchar(32)")
        .addColumn("made_at", "bigint", (c) => c.notNull())
        .addPrimaryKeyConstraint("derived_key", ["blob_id", "kind"]);
      await (traits.withoutRowid ? table.modifyEnd(sql`without rowid`) : table).execute();
      await db.schema
        .createIndex("derived_by_derived_blob_id")
        .on("derived")
        .columns(["derived_blob_id"])
        .execute();
    },
  };
}
