import type { DatabaseSync } from "node:sqlite";
import { sql } from "kysely";
import { openStates } from "../../core/uploads/upload.ts";
import type { Db } from "../schema.ts";
import type { SqliteConnection } from "./connection.ts";
import { isFatal, resultCodeOf } from "./result-code.ts";

/** Looks for damage of the file, for dangling references, and for counters that have drifted. Reads the whole database. */
export async function findProblems({ raw, db }: SqliteConnection): Promise<string[]> {
  try {
    return [...findDamage(raw), ...findDangling(raw), ...(await findDrift(db))];
  } catch (error) {
    // A file that is damaged enough cannot even be checked to the end.
    if (isFatal(resultCodeOf(error))) return [(error as Error).message];
    throw error;
  }
}

function findDamage(raw: DatabaseSync): string[] {
  const rows = raw.prepare("pragma quick_check(20)").all() as { quick_check: string }[];
  return rows.map((row) => row.quick_check).filter((text) => text !== "ok");
}

function findDangling(raw: DatabaseSync): string[] {
  const rows = raw.prepare("pragma foreign_key_check").all() as { table: string; parent: string }[];
  return rows
    .slice(0, 20)
    .map(({ table, parent }) => `a row of ${table} refers to a missing row of ${parent}`);
}

async function findDrift(db: Db): Promise<string[]> {
  const accounts = await db
    .selectFrom("accounts")
    .select((e) => [
      "id",
      "used_bytes as used",
      "reserved_bytes as reserved",
      e
        .selectFrom("nodes")
        .select((n) => n.fn.coalesce(n.fn.sum<number>("size"), sql<number>`0`).as("bytes"))
        .whereRef("owner_id", "=", "accounts.id")
        .as("inFiles"),
      e
        .selectFrom("node_versions")
        .select((v) => v.fn.coalesce(v.fn.sum<number>("size"), sql<number>`0`).as("bytes"))
        .whereRef("owner_id", "=", "accounts.id")
        .as("inVersions"),
      e
        .selectFrom("tree_jobs")
        .select((j) =>
          j.fn.coalesce(j.fn.sum<number>("reserved_bytes"), sql<number>`0`).as("bytes"),
        )
        .whereRef("owner_id", "=", "accounts.id")
        .as("inJobs"),
      e
        .selectFrom("uploads")
        .select((u) =>
          u.fn.coalesce(u.fn.sum<number>("reserved_bytes"), sql<number>`0`).as("bytes"),
        )
        .whereRef("owner_id", "=", "accounts.id")
        .where("charged_id", "is", null)
        .as("inUploads"),
      e
        .selectFrom("uploads")
        .select((u) =>
          u.fn.coalesce(u.fn.sum<number>("reserved_bytes"), sql<number>`0`).as("bytes"),
        )
        .whereRef("charged_id", "=", "accounts.id")
        .as("inOthers"),
      "open_uploads as open",
      e
        .selectFrom("uploads")
        .select((u) => u.fn.countAll<number>().as("count"))
        .whereRef("owner_id", "=", "accounts.id")
        .where("state", "in", openStates)
        .where("purpose", "!=", "annex")
        .as("inStates"),
    ])
    .execute();
  return accounts.flatMap((account) => {
    const { id, used, reserved, open } = account;
    const inFiles = (account.inFiles ?? 0) + (account.inVersions ?? 0);
    const promised = (account.inUploads ?? 0) + (account.inOthers ?? 0) + (account.inJobs ?? 0);
    return [
      ...(used === inFiles
        ? []
        : [`account ${id} counts ${used} bytes used, its files have ${inFiles}`]),
      ...(reserved === promised
        ? []
        : [
            `account ${id} counts ${reserved} bytes reserved, its uploads and jobs hold ${promised}`,
          ]),
      ...(open === account.inStates
        ? []
        : [`account ${id} counts ${open} open uploads, it has ${account.inStates}`]),
    ];
  });
}
