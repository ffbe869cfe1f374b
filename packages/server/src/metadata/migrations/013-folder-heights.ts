import { sql, type Kysely } from "kysely";
import type { Migration } from "kysely/migration";

/** How deep the folders below each folder go, in the folder: counted here from the lowest upwards, a level at a time. */
export function folderHeights(): Migration {
  return {
    async up(db: Kysely<unknown>) {
      await db.schema
        .alterTable("nodes")
        .addColumn("height", "integer", (c) => c.notNull().defaultTo(0))
        .execute();
      await sql`update nodes set height = 1 where is_file = 0`.execute(db);
      for (let height = 1, raised = 1n; raised > 0n; height++) {
        // Read first, in a table of its own: not every database updates a table that it reads for that.
        const parents = sql`select parent_id from (select distinct parent_id from nodes
          where is_file = 0 and height = ${height} and parent_id is not null) as higher`;
        const { numAffectedRows = 0n } = await sql`
          update nodes set height = ${height + 1} where id in (${parents})`.execute(db);
        raised = numAffectedRows;
      }
    },
  };
}
