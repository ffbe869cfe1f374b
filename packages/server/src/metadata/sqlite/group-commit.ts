/**
 * Group commit: all commands that wait are run in one transaction, each one after the first under a savepoint of its own, and share one fsync.
 *
 *   refused command     its changes alone are rolled back; the others go on
 *   disk full           the whole group is rolled back; each command is refused with `disk-full`; the connection stays usable
 *   I/O error, damage   the whole group fails and `fatal` is set: whether the commit took is unknown, nothing may follow it
 *
 * Nobody hears of a result before COMMIT returned.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { CoreError } from "../../core/errors.ts";
import { isDiskFull, isFatal, losesTransaction, resultCodeOf } from "./result-code.ts";

/** So many commands that the fsync is a small share of each, so few that the first does not wait long for the last. */
const MAX_GROUP = 256;

export type Outcome<C> =
  | { readonly command: C; readonly ok: true; readonly value: unknown }
  | { readonly command: C; readonly ok: false; readonly error: unknown };

export interface GroupResult<C> {
  readonly outcomes: Outcome<C>[];
  /** Set when the database must not be written to any more. */
  readonly fatal?: unknown;
  /** Set when the disk was full: nothing was changed, and the same commands may be run again. */
  readonly isFull?: true;
}

export interface GroupCommit<C> {
  /** Runs commands from `next` until it has none (or the group is full), and commits. Calls must not overlap. */
  run(next: () => C | undefined): Promise<GroupResult<C>>;
}

export function createGroupCommit<C>(
  raw: DatabaseSync,
  { execute }: { execute: (command: C) => Promise<unknown> },
): GroupCommit<C> {
  const sql = prepareTransactionControl(raw);

  async function runCommand(command: C, { isFirst }: { isFirst: boolean }): Promise<Outcome<C>> {
    // The first command has nothing before it to protect, so it spares the copies of pages that a savepoint keeps.
    if (!isFirst) sql.savepoint.run();
    try {
      const value = await execute(command);
      if (!isFirst) sql.release.run();
      return { command, ok: true, value };
    } catch (error) {
      if (losesTransaction(resultCodeOf(error)) || !raw.isTransaction) throw error;
      undo({ isFirst });
      return { command, ok: false, error };
    }
  }

  function undo({ isFirst }: { isFirst: boolean }): void {
    if (isFirst) {
      sql.rollback.run();
      sql.begin.run();
    } else {
      sql.rollbackTo.run();
      sql.release.run();
    }
  }

  return {
    async run(next) {
      const taken: C[] = [];
      const outcomes: Outcome<C>[] = [];
      try {
        sql.begin.run();
        while (taken.length < MAX_GROUP) {
          const command = next();
          if (command === undefined) break;
          taken.push(command);
          outcomes.push(await runCommand(command, { isFirst: taken.length === 1 }));
        }
        sql.commit.run();
        return { outcomes };
      } catch (error) {
        if (taken.length === 0) drainInto(taken, next);
        return failGroup(raw, { taken, error });
      }
    },
  };
}

/** After a failure to begin (another process holds the lock for longer than we wait), those who wait are told. */
function drainInto<C>(taken: C[], next: () => C | undefined): void {
  for (let command = next(); command !== undefined; command = next()) taken.push(command);
}

function failGroup<C>(
  raw: DatabaseSync,
  { taken, error }: { taken: C[]; error: unknown },
): GroupResult<C> {
  const code = resultCodeOf(error);
  let fatal = isFatal(code) ? error : undefined;
  try {
    // SQLite has already rolled back on some errors, and says so.
    if (raw.isTransaction) raw.exec("rollback");
  } catch (rollbackError) {
    fatal ??= rollbackError;
  }
  const isFull = isDiskFull(code);
  const reason = isFull ? new CoreError("disk-full", { wantedBytes: 0 }, { cause: error }) : error;
  const outcomes = taken.map((command) => ({ command, ok: false as const, error: reason }));
  if (fatal !== undefined) return { outcomes, fatal };
  return isFull ? { outcomes, isFull } : { outcomes };
}

function prepareTransactionControl(
  raw: DatabaseSync,
): Record<"begin" | "savepoint" | "release" | "rollbackTo" | "commit" | "rollback", StatementSync> {
  return {
    begin: raw.prepare("begin immediate"),
    savepoint: raw.prepare("savepoint command"),
    release: raw.prepare("release command"),
    rollbackTo: raw.prepare("rollback to command"),
    commit: raw.prepare("commit"),
    rollback: raw.prepare("rollback"),
  };
}
