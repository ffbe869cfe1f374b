import { Migrator } from "kysely/migration";
import type { Db } from "../schema.ts";
import { createMigrationProvider } from "./provider.ts";
import type { DialectTraits } from "./traits.ts";

/** Brings the schema up to date; throws what a migration threw. */
export async function migrate(db: Db, traits: DialectTraits): Promise<void> {
  const migrator = new Migrator({ db, provider: createMigrationProvider(traits) });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const failed = results.find((result) => result.status === "Error");
  throw new Error(`migration ${failed?.migrationName ?? "set-up"} failed`, { cause: error });
}
