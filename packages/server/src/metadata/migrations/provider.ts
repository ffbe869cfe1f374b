import type { Migration, MigrationProvider } from "kysely/migration";
import { firstSchema } from "./001-first-schema.ts";
import { events } from "./002-events.ts";
import { drive } from "./004-drive.ts";
import type { DialectTraits } from "./traits.ts";

/** Every migration by name; Kysely runs them in the order of their names. Imported, not read from a folder, so that a bundle works too. */
export function createMigrationProvider(traits: DialectTraits): MigrationProvider {
  const migrations: Record<string, Migration> = {
    "001-first-schema": firstSchema(traits),
    "002-events": events(),
    "004-drive": drive(traits),
  };
  return { getMigrations: () => Promise.resolve(migrations) };
}
