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
  /** Takes over what has arrived elsewhere meanwhile, so that it joins the group that is being formed. */
  readonly refill: () => readonly C[];
  /** After COMMIT: the outcomes of one group. */
  readonly onOutcomes: (outcomes: Outcome<C>[]) => void;
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

  const next = (): C | undefined => {
    if (waiting.length === 0) waiting.push(...refill());
    return waiting.shift();
  };
  const runAll = async () => {
    while (!isStopped && (waiting.length > 0 || waiting.push(...refill()) > 0)) {
      const { outcomes, fatal } = await group.run(next);
      onOutcomes(outcomes);
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
