import { sql } from "kysely";
import { DEFAULT_MIGRATION_TABLE, Migrator, type MigrationProvider } from "kysely/migration";
import type { Db } from "../schema.ts";
import { createMigrationProvider } from "./provider.ts";
import type { DialectTraits } from "./traits.ts";

/** Brings the schema up to date; throws what a migration threw, and refuses a database that a newer version has changed. */
export async function migrate(db: Db, traits: DialectTraits): Promise<void> {
  const provider = createMigrationProvider(traits);
  await refuseNewer(db, provider);
  const { error, results = [] } = await new Migrator({ db, provider }).migrateToLatest();
  if (error === undefined) return;
  const failed = results.find((result) => result.status === "Error");
  throw new Error(`migration ${failed?.migrationName ?? "set-up"} failed`, { cause: error });
}

async function refuseNewer(db: Db, provider: MigrationProvider): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return;
  const { rows } = await sql<{ name: string }>`
    select name from ${sql.table(DEFAULT_MIGRATION_TABLE)} order by name
  `.execute(db);
  const known = await provider.getMigrations();
  const newer = rows.find(({ name }) => !Object.hasOwn(known, name));
  if (newer) {
    throw new Error(
      `a newer version of Sampan has changed this database (${newer.name}): run that one, or restore a backup from before it`,
    );
  }
}
