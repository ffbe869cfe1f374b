import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createMigrationProvider } from "../migrations/provider.ts";
import { sqliteTraits } from "../migrations/traits.ts";
import { openConnection, openForWriting } from "./connection.ts";
import type { SqliteConnection } from "./connection.ts";

let folder: string;
let connection: SqliteConnection;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sampan-connection-"));
  connection = await openForWriting({ file: join(folder, "a.db") });
});
afterEach(() => {
  connection.close();
  rmSync(folder, { recursive: true });
});

function pragma(name: string): unknown {
  return Object.values(connection.raw.prepare(`pragma ${name}`).get() ?? {})[0];
}

it("has the settings in force that make a commit durable", () => {
  expect(pragma("journal_mode")).toBe("wal");
  // 2 is FULL: the log is synced at each commit.
  expect(pragma("synchronous")).toBe(2);
  expect(pragma("foreign_keys")).toBe(1);
  expect(pragma("busy_timeout")).toBe(10_000);
  expect(pragma("wal_autocheckpoint")).toBe(4000);
  expect(pragma("journal_size_limit")).toBe(64 * 1024 * 1024);
  expect(pragma("temp_store")).toBe(2);
});

it("migrates once", async () => {
  const migrations = await createMigrationProvider(sqliteTraits).getMigrations();
  const again = await openForWriting({ file: join(folder, "a.db") });
  expect(again.raw.prepare("select name from kysely_migration order by name").all()).toMatchObject(
    Object.keys(migrations).map((name) => ({ name })),
  );
  again.close();
});

it("refuses a database that a newer version has changed, and leaves it alone", async () => {
  const file = join(folder, "a.db");
  connection.raw.exec("insert into kysely_migration values ('999-future', '2031-01-01')");
  const before = connection.raw.prepare("select count(*) as n from kysely_migration").get();
  await expect(openForWriting({ file })).rejects.toThrow(/newer version.*999-future/);
  expect(connection.raw.prepare("select count(*) as n from kysely_migration").get()).toEqual(
    before,
  );
});

it("keeps a bounded number of prepared statements", async () => {
  for (let i = 0; i < 1200; i++)
    await connection.db.selectFrom("jobs").select("id").limit(i).execute();
  for (let i = 0; i < 1200; i++) connection.raw.prepare(`select ${i} as n`).get();
  expect(await connection.db.selectFrom("jobs").select("id").execute()).toEqual([]);
});

it("refuses to write on a read-only connection", async () => {
  const reader = openConnection({ file: join(folder, "a.db"), readOnly: true });
  await expect(reader.db.deleteFrom("jobs").execute()).rejects.toMatchObject({ errcode: 8 });
  reader.close();
});

it("runs on a SQLite without the WAL-reset bug", () => {
  const { version } = new DatabaseSync(":memory:")
    .prepare("select sqlite_version() as version")
    .get() as {
    version: string;
  };
  const [major, minor, patch] = version.split(".").map(Number) as [number, number, number];
  expect(major * 1_000_000 + minor * 1000 + patch).toBeGreaterThanOrEqual(3_051_003);
});
