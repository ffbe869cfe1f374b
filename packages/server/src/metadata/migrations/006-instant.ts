import { sql } from "kysely";
import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import type { DialectTraits } from "./traits.ts";

/** Challenges of instant upload, and the indexes that find an owner's own content by any digest. */
export function instant(traits: DialectTraits): Migration {
  return {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable("instant_challenges")
        .addColumn("nonce", "varchar(64)", (c) => c.primaryKey())
        .addColumn("upload_id", "varchar(64)", (c) => c.notNull())
        .addColumn("account_id", "varchar(64)", (c) => c.notNull())
        .addColumn("sha256", "varchar(64)", (c) => c.notNull())
        .addColumn("ranges", "text", (c) => c.notNull())
        .addColumn("expires_at", "bigint", (c) => c.notNull())
        .addColumn("answered_at", "bigint")
        .execute();
      const index = (name: string, on: string, columns: string[]) =>
        db.schema.createIndex(`${on}_by_${name}`).on(on).columns(columns);
      await index("upload", "instant_challenges", ["upload_id"]).execute();
      await index("content", "instant_challenges", ["account_id", "sha256"]).execute();
      await index("expiry", "instant_challenges", ["expires_at"]).execute();
      await index("owner_id_blob_id", "files", ["owner_id", "blob_id"]).execute();
      for (const digest of ["md5", "sha1"]) {
        const known = index(digest, "blobs", [digest]);
        const isSet = sql<boolean>`${sql.ref(digest)} is not null`;
        await (traits.partialIndexes ? known.where(isSet) : known).execute();
      }
    },
  };
}
