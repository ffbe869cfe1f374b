import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import type { DialectTraits } from "./traits.ts";

/** What the management of everybody's uploads looks them up by, the tie between an upload and its annex, and between one and its request. */
export function tasks(traits: DialectTraits): Migration {
  return {
    async up(db: Kysely<unknown>) {
      await db.schema.alterTable("uploads").addColumn("annex_of", "varchar(64)").execute();
      const annexes = db.schema
        .createIndex("uploads_by_annex_of")
        .on("uploads")
        .columns(["annex_of"]);
      const isSet = sql<boolean>`annex_of is not null`;
      await (traits.partialIndexes ? annexes.where(isSet) : annexes).execute();
      await db.schema.alterTable("uploads").addColumn("request_bound", "integer").execute();
      const bound = db.schema
        .createIndex("uploads_by_request_bound")
        .on("uploads")
        .columns(["request_bound"]);
      const isBound = sql<boolean>`request_bound is not null`;
      await (traits.partialIndexes ? bound.where(isBound) : bound).execute();
      await db.schema
        .createIndex("uploads_by_state_created_at_id")
        .on("uploads")
        .columns(["state", "created_at", "id"])
        .execute();
    },
  };
}
