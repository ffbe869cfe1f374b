/**
 * Metadata in SQLite. Writes run in a thread of their own and share commits; reads run here, on a read-only connection that no
 * writer blocks (WAL). A write that resolved is on stable storage and seen by every later read.
 */
import { createPorts } from "./ports.ts";
import type { Ports } from "./ports.ts";
import { openConnection } from "./sqlite/connection.ts";
import { findProblems } from "./sqlite/quick-check.ts";
import { WriterClient } from "./sqlite/writer-client.ts";
import type { Write } from "./stores/write-commands.ts";

export interface Metadata extends Ports {
  /** What is wrong with the database file, in words; empty when nothing is. */
  quickCheck(): Promise<string[]>;
  /** Finishes what was asked before, folds the log into the file and closes. */
  close(): Promise<void>;
}

export interface SqliteOptions {
  readonly file: string;
  /** Opens an existing database for reading only, beside its writer or without; every write is rejected. */
  readonly readOnly?: boolean;
  /** The database can no longer be trusted with a write: an fsync or write failed, or its thread died. The process should end. */
  readonly onFatal: (error: Error) => void;
}

/** Opens and migrates. Rejects when the database cannot be opened. */
export async function openSqlite({
  file,
  readOnly = false,
  onFatal,
}: SqliteOptions): Promise<Metadata> {
  const writer = readOnly ? undefined : new WriterClient({ file }, { onFatal });
  await writer?.opened();
  const reader = openConnection({ file, readOnly: true });
  return {
    ...createPorts({ reader: reader.db, write: writer?.write ?? refuseWrite }),
    quickCheck: () => findProblems(reader),
    async close() {
      // The writer last: whoever closes last folds the log into the file.
      if (reader.raw.isOpen) reader.close();
      await writer?.close();
    },
  };
}

const refuseWrite: Write = (name) =>
  Promise.reject(new Error(`${name}: the database is open for reading only`));
