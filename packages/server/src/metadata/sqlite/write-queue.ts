import { takeConcernedAccounts } from "../stores/event-writes.ts";
import { runWriteCommand } from "../stores/write-commands.ts";
import type { WriteName } from "../stores/write-commands.ts";
import type { SqliteConnection } from "./connection.ts";
import { createGroupCommit } from "./group-commit.ts";
import type { Outcome } from "./group-commit.ts";

export interface QueuedCommand {
  readonly name: WriteName;
  readonly input: unknown;
}

interface WriteQueueEvents<C> {
  /** Takes over what has arrived elsewhere meanwhile; called before each group. */
  readonly refill: () => readonly C[];
  /** After COMMIT: the outcomes of one group, and the accounts for whom it recorded events. */
  readonly onOutcomes: (outcomes: Outcome<C>[], concerned: string[]) => void;
  /** Nothing more is run; `unrun` never was. */
  readonly onFatal: (error: unknown, unrun: C[]) => void;
}

export interface WriteQueue<C> {
  push(commands: readonly C[]): void;
  /** Resolves when nothing waits. */
  idle(): Promise<void>;
}

/** Runs commands in the order in which they come, as many as wait in each commit. */
export function createWriteQueue<C extends QueuedCommand>(
  { raw, db }: SqliteConnection,
  { refill, onOutcomes, onFatal }: WriteQueueEvents<C>,
): WriteQueue<C> {
  const execute = (command: C) => runWriteCommand(db, command);
  const group = createGroupCommit<C>(raw, { execute });
  const waiting: C[] = [];
  let running: Promise<void> | undefined;
  let isStopped = false;

  const runAll = async () => {
    while (!isStopped && waiting.push(...refill()) > 0) {
      // Not refilled while it runs: who came first should not wait for whoever keeps coming.
      const { outcomes, fatal } = await group.run(() => waiting.shift());
      onOutcomes(outcomes, takeConcernedAccounts(db));
      if (fatal !== undefined) stop(fatal);
    }
    running = undefined;
  };
  const stop = (error: unknown) => {
    isStopped = true;
    onFatal(error, waiting.splice(0));
  };
  return {
    push(commands) {
      waiting.push(...commands);
      running ??= runAll().catch(stop);
    },
    idle: () => running ?? Promise.resolve(),
  };
}
