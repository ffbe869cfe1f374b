import type { Write } from "../stores/write-commands.ts";

export interface Writer {
  readonly write: Write;
  /** Waits for what was asked before, then closes the database cleanly. Idempotent. */
  close(): Promise<void>;
}

export interface WriterEvents {
  /** Called at most once: nothing can be written any more, and what waited was rejected. */
  readonly onFatal: (error: Error) => void;
  /** After each commit that recorded events: the accounts that they concern. */
  readonly onRecorded: (accountIds: readonly string[]) => void;
}
