/** One connection of `node:sqlite`, prepared for durable commits, and the same connection as Kysely sees it. */
import { DatabaseSync } from "node:sqlite";
import type { SQLInputValue, StatementSync } from "node:sqlite";
import { Kysely, SqliteDialect } from "kysely";
import type { SqliteDatabase, SqliteStatement } from "kysely";
import { migrate } from "../migrations/migrate.ts";
import { sqliteTraits } from "../migrations/traits.ts";
import type { Schema } from "../schema.ts";
import { isDiskFull, resultCodeOf } from "./result-code.ts";
import { openSpace } from "./space.ts";
import type { Space } from "./space.ts";

/** Earlier versions can corrupt a WAL database when a checkpoint races a reset of the log. */
const MIN_SQLITE_VERSION = [3, 51, 3];
const BUSY_TIMEOUT_MS = 10_000;
/** What the log keeps of its space when it starts over, so that commits overwrite blocks instead of asking for new ones. */
const LOG_BYTES = 64 * 1024 * 1024;
/** The operating system caches the file as well; these bound what one process holds of a large database. */
const WRITER_CACHE_KIB = 32 * 1024;
const READER_CACHE_KIB = 8 * 1024;
const MAX_STATEMENTS = 500;

export interface SqliteConnection {
  readonly raw: DatabaseSync;
  readonly db: Kysely<Schema>;
  /** The last connection to close folds the log into the file, if it can (a full disk: the log stays, and counts at the next opening). */
  close(): void;
}

/** Throws when SQLite is too old. `readOnly` needs a database that a writer has opened before. */
export function openConnection({
  file,
  readOnly = false,
}: {
  file: string;
  readOnly?: boolean;
}): SqliteConnection {
  const raw = new DatabaseSync(file, {
    readOnly,
    timeout: BUSY_TIMEOUT_MS,
    enableForeignKeyConstraints: true,
  });
  try {
    assertVersion(raw);
    configure(raw, { readOnly });
  } catch (error) {
    raw.close();
    throw error;
  }
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: cachingDatabase(raw) }) });
  return { raw, db, close: () => raw.close() };
}

function configure(raw: DatabaseSync, { readOnly }: { readOnly: boolean }): void {
  // Savepoints keep their undo log in memory; FULL syncs the log at each commit, which NORMAL does not.
  raw.exec("pragma temp_store = memory");
  raw.exec("pragma synchronous = full");
  raw.exec(`pragma cache_size = -${readOnly ? READER_CACHE_KIB : WRITER_CACHE_KIB}`);
  if (readOnly) return;
  raw.exec("pragma journal_mode = wal");
  raw.exec(`pragma journal_size_limit = ${LOG_BYTES}`);
}

export interface WritingConnection extends SqliteConnection {
  readonly space: Space;
}

/** Opens the database, making it if need be, and brings its schema up to date. */
export async function openForWriting({ file }: { file: string }): Promise<WritingConnection> {
  const connection = openConnection({ file });
  try {
    const space = openSpace(connection.raw, file);
    foldLog(connection.raw, space);
    await migrate(connection.db, sqliteTraits);
    space.restore();
    return { ...connection, space };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * A log that a crash left may hold pages that the kernel shows and never wrote (an fsync failed, the pages count as clean). A later commit would
 * sync only its own pages and lie behind a hole; copied into the database file, they are written and synced again.
 */
function foldLog(raw: DatabaseSync, space: Space): void {
  for (;;) {
    try {
      raw.exec("pragma wal_checkpoint(truncate)");
      return;
    } catch (error) {
      if (!isDiskFull(resultCodeOf(error))) throw error;
      // The file cannot grow. Without ballast the log stays in use, and reading and small writes go on.
      if (!space.release()) return;
    }
  }
}

function assertVersion(raw: DatabaseSync): void {
  const { version } = raw.prepare("select sqlite_version() as version").get() as {
    version: string;
  };
  const parts = version.split(".").map(Number);
  for (const [i, least] of MIN_SQLITE_VERSION.entries()) {
    const part = parts[i] ?? 0;
    if (part > least) return;
    if (part < least)
      throw new Error(
        `SQLite ${version} is too old: ${MIN_SQLITE_VERSION.join(".")} or later is needed`,
      );
  }
}

/** Preparing costs several times what running does, so statements are kept; the oldest goes when there are many. */
function cachingDatabase(raw: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>();
  return {
    close: () => raw.close(),
    prepare(sql) {
      let statement = statements.get(sql);
      if (statement === undefined) {
        statement = adapt(raw.prepare(sql));
        if (statements.size >= MAX_STATEMENTS) statements.delete(statements.keys().next().value!);
        statements.set(sql, statement);
      }
      return statement;
    },
  };
}

function adapt(statement: StatementSync): SqliteStatement {
  const reader = statement.columns().length > 0;
  const bind = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
  return {
    reader,
    all: (parameters) => statement.all(...bind(parameters)),
    run: (parameters) => statement.run(...bind(parameters)),
    iterate: (parameters) => statement.iterate(...bind(parameters)),
  };
}
