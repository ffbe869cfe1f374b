import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import type { DialectTraits } from "./traits.ts";

/** Uploads into folders of others, and through file requests. */
export function sharedUploads(traits: DialectTraits): Migration {
  return {
    async up(db: Kysely<unknown>) {
      const add = (column: string) =>
        db.schema.alterTable("uploads").addColumn(column, "varchar(64)").execute();
      await add("charged_id");
      await add("share_id");
      // Few uploads are for somebody else's drive; the rest should not pay for finding these.
      for (const column of ["charged_id", "share_id"]) {
        const index = db.schema.createIndex(`uploads_by_${column}`).on("uploads").column(column);
        const isSet = sql<boolean>`${sql.ref(column)} is not null`;
        await (traits.partialIndexes ? index.where(isSet) : index).execute();
      }
    },
  };
}
