import type { Migration, MigrationProvider } from "kysely/migration";
import { firstSchema } from "./001-first-schema.ts";
import { events } from "./002-events.ts";
import { people } from "./003-people.ts";
import { drive } from "./004-drive.ts";
import { sharing } from "./005-sharing.ts";
import { instant } from "./006-instant.ts";
import { fetches } from "./007-fetches.ts";
import { derived } from "./008-derived.ts";
import { dialects } from "./009-dialects.ts";
import { sharedUploads } from "./010-shared-uploads.ts";
import { security } from "./011-security.ts";
import { tasks } from "./012-tasks.ts";
import { folderHeights } from "./013-folder-heights.ts";
import { archiveSelections } from "./014-archive-selections.ts";
import type { DialectTraits } from "./traits.ts";

/** Every migration by name; Kysely runs them in the order of their names. Imported, not read from a folder, so that a bundle works too. */
export function createMigrationProvider(traits: DialectTraits): MigrationProvider {
  const migrations: Record<string, Migration> = {
    "001-first-schema": firstSchema(traits),
    "002-events": events(),
    "003-people": people(),
    "004-drive": drive(traits),
    "005-sharing": sharing(),
    "006-instant": instant(traits),
    "007-fetches": fetches(),
    "008-derived": derived(traits),
    "009-dialects": dialects(),
    "010-shared-uploads": sharedUploads(traits),
    "011-security": security(),
    "012-tasks": tasks(traits),
    "013-folder-heights": folderHeights(),
    "014-archive-selections": archiveSelections(),
  };
  return { getMigrations: () => Promise.resolve(migrations) };
}
