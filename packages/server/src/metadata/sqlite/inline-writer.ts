import type { WriteInput, WriteName, WriteResult } from "../stores/write-commands.ts";
import { openForWriting } from "./connection.ts";
import type { Outcome } from "./group-commit.ts";
import type { WriterOptions } from "./messages.ts";
import { createWriteQueue } from "./write-queue.ts";
import type { QueuedCommand } from "./write-queue.ts";
import type { Writer, WriterEvents } from "./writer.ts";

interface Waiting extends QueuedCommand {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Writes on the calling thread, which every fsync blocks: for commands that live shortly, where a thread would cost more than it saves. */
export async function startInlineWriter(
  options: WriterOptions,
  { onFatal, onRecorded }: WriterEvents,
): Promise<Writer> {
  const connection = await openForWriting(options);
  let failure: Error | undefined;
  const queue = createWriteQueue<Waiting>(connection, {
    refill: () => [],
    onOutcomes(outcomes, concerned) {
      outcomes.forEach(settle);
      if (concerned.length > 0) onRecorded(concerned);
    },
    onFatal(error, unrun) {
      failure = error instanceof Error ? error : new Error(String(error));
      for (const { reject } of unrun) reject(failure);
      onFatal(failure);
    },
  });
  return {
    write: <N extends WriteName>(name: N, input: WriteInput<N>) =>
      new Promise<WriteResult<N>>((resolve, reject) => {
        if (failure !== undefined) return reject(failure);
        if (!connection.raw.isOpen) return reject(new Error("the database is closed"));
        queue.push([{ name, input, resolve: resolve as (value: unknown) => void, reject }]);
      }),
    async close() {
      await queue.idle();
      if (failure === undefined && connection.raw.isOpen) connection.close();
    },
  };
}

function settle(outcome: Outcome<Waiting>): void {
  if (outcome.ok) outcome.command.resolve(outcome.value);
  else outcome.command.reject(outcome.error);
}
