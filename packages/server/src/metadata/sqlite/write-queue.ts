import { takeConcernedAccounts } from "../stores/event-writes.ts";
import { makesRoom, runWriteCommand } from "../stores/write-commands.ts";
import type { WriteName } from "../stores/write-commands.ts";
import type { WritingConnection } from "./connection.ts";
import { createGroupCommit } from "./group-commit.ts";
import type { GroupResult, Outcome } from "./group-commit.ts";

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
  { raw, db, space }: WritingConnection,
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
      const { outcomes, fatal } = await runGroup();
      onOutcomes(outcomes, takeConcernedAccounts(db));
      if (fatal !== undefined) stop(fatal);
    }
    running = undefined;
  };
  /** On a full disk: once more in the log's own space, and then, on the ballast, those alone that make room. */
  const runGroup = async (): Promise<GroupResult<C>> => {
    space.restore();
    const first = await group.run(() => waiting.shift());
    if (first.isFull !== true) return first;
    const commands = first.outcomes.map(({ command }) => command);
    if (space.reuseLog()) {
      const second = await runThese(commands);
      if (second.isFull !== true) return second;
    }
    const freeing = commands.filter(({ name }) => makesRoom.has(name));
    if (freeing.length === 0) return first;
    if (space.release()) space.reuseLog();
    const { outcomes, ...rest } = await runThese(freeing);
    const refused = first.outcomes.filter(({ command }) => !makesRoom.has(command.name));
    return { ...rest, outcomes: [...refused, ...outcomes] };
  };
  const runThese = (commands: readonly C[]) => {
    const rest = [...commands];
    return group.run(() => rest.shift());
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
