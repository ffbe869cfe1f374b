/**
 * Metadata in SQLite. Writes run in a thread of their own and share commits; reads run here, on a read-only connection that no
 * writer blocks (WAL). A write that resolved is on stable storage and seen by every later read.
 */
import { createEventFeed } from "../core/events/event-feed.ts";
import type { EventFeed } from "../core/events/event-feed.ts";
import { createPorts } from "./ports.ts";
import type { Ports } from "./ports.ts";
import { openConnection } from "./sqlite/connection.ts";
import type { SqliteConnection } from "./sqlite/connection.ts";
import { findProblems } from "./sqlite/quick-check.ts";
import { startInlineWriter } from "./sqlite/inline-writer.ts";
import { startThreadWriter } from "./sqlite/thread-writer.ts";
import type { Writer, WriterEvents } from "./sqlite/writer.ts";

export interface Metadata extends Ports {
  /** Wakes whoever reads the events of an account, after each commit that recorded some. */
  readonly feed: EventFeed;
  /** What is wrong with the database file, in words; empty when nothing is. */
  quickCheck(): Promise<string[]>;
  /** Finishes what was asked before, folds the log into the file and closes. */
  close(): Promise<void>;
}

export interface SqliteOptions {
  readonly file: string;
  /**
   * Where writes run: in a thread of their own (default); `inline`, on this one, for commands that live shortly; or `none`, which reads an
   * existing database, beside its writer or without, and rejects every write.
   */
  readonly writer?: "thread" | "inline" | "none";
  /** The database can no longer be trusted with a write: an fsync or a write failed, or its thread died. The process should end. */
  readonly onFatal: (error: Error) => void;
}

/** Opens and migrates. Rejects when the database cannot be opened. */
export async function openSqlite({
  file,
  writer: kind = "thread",
  onFatal,
}: SqliteOptions): Promise<Metadata> {
  const feed = createEventFeed();
  const onRecorded = (accountIds: readonly string[]) => feed.wake(accountIds);
  const writer = await startWriter(kind)({ file }, { onFatal, onRecorded });
  const reader = await openReader({ file, writer });
  return {
    ...createPorts({ reader: reader.db, write: writer.write }),
    feed,
    quickCheck: () => findProblems(reader),
    async close() {
      // The writer last: whoever closes last folds the log into the file.
      if (reader.raw.isOpen) reader.close();
      await writer.close();
    },
  };
}

async function openReader({
  file,
  writer,
}: {
  file: string;
  writer: Writer;
}): Promise<SqliteConnection> {
  try {
    return openConnection({ file, readOnly: true });
  } catch (error) {
    await writer.close();
    throw error;
  }
}

function startWriter(
  kind: "thread" | "inline" | "none",
): (options: { file: string }, events: WriterEvents) => Promise<Writer> {
  switch (kind) {
    case "thread":
      return startThreadWriter;
    case "inline":
      return startInlineWriter;
    case "none":
      return () => Promise.resolve(noWriter);
  }
}

const noWriter: Writer = {
  write: (name) => Promise.reject(new Error(`${name}: the database is open for reading only`)),
  close: () => Promise.resolve(),
};
