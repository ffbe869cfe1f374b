import { sql } from "kysely";
import type { Db } from "../schema.ts";
import type { SqliteConnection } from "./connection.ts";

/** Looks for damage of the file, for dangling references, and for reservations that no upload holds. Reads the whole database. */
export async function findProblems({ raw, db }: SqliteConnection): Promise<string[]> {
  const damage = raw.prepare("pragma quick_check(20)").all() as { quick_check: string }[];
  const problems = damage.map((row) => row.quick_check).filter((text) => text !== "ok");
  const dangling = raw.prepare("pragma foreign_key_check").all() as {
    table: string;
    parent: string;
  }[];
  for (const { table, parent } of dangling.slice(0, 20))
    problems.push(`a row of ${table} refers to a missing row of ${parent}`);
  return [...problems, ...(await findDrift(db))];
}

async function findDrift(db: Db): Promise<string[]> {
  const accounts = await db
    .selectFrom("accounts")
    .select((e) => [
      "id",
      "used_bytes as used",
      "reserved_bytes as reserved",
      e
        .selectFrom("files")
        .select((f) => f.fn.coalesce(f.fn.sum<number>("size"), sql<number>`0`).as("bytes"))
        .whereRef("owner_id", "=", "accounts.id")
        .as("inFiles"),
      e
        .selectFrom("uploads")
        .select((u) =>
          u.fn.coalesce(u.fn.sum<number>("reserved_bytes"), sql<number>`0`).as("bytes"),
        )
        .whereRef("owner_id", "=", "accounts.id")
        .as("inUploads"),
    ])
    .execute();
  return accounts.flatMap(({ id, used, reserved, inFiles, inUploads }) => [
    ...(used === inFiles
      ? []
      : [`account ${id} counts ${used} bytes used, its files have ${inFiles}`]),
    ...(reserved === inUploads
      ? []
      : [`account ${id} counts ${reserved} bytes reserved, its uploads hold ${inUploads}`]),
  ]);
}
