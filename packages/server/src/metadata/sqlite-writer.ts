/**
 * The one thread that writes. SQLite's fsync blocks its thread, so it is not the event loop's; and while it blocks, commands gather in the port
 * and form the next group.
 */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { migrate } from "./migrations/migrate.ts";
import { sqliteTraits } from "./migrations/traits.ts";
import { openConnection } from "./sqlite/connection.ts";
import type { SqliteConnection } from "./sqlite/connection.ts";
import { createGroupCommit } from "./sqlite/group-commit.ts";
import type { Outcome } from "./sqlite/group-commit.ts";
import type {
  FromWriter,
  ToWriter,
  WireCommand,
  WireReply,
  WriterOptions,
} from "./sqlite/messages.ts";
import { toWireError } from "./sqlite/wire-error.ts";
import { runWriteCommand } from "./stores/write-commands.ts";

if (parentPort === null) throw new Error("runs as a worker only");
const port = parentPort;
const tell = (message: FromWriter) => port.postMessage(message);

async function start(): Promise<void> {
  const connection = openConnection({ file: (workerData as WriterOptions).file });
  await migrate(connection.db, sqliteTraits);
  serve(connection);
  tell({ kind: "ready" });
}

function serve(connection: SqliteConnection): void {
  const group = createGroupCommit<WireCommand>(connection.raw, {
    execute: (command) => runWriteCommand(connection.db, command),
  });
  const waiting: WireCommand[] = [];
  let isRunning = false;
  let isClosing = false;

  const take = (message: ToWriter) => {
    if (message.kind === "close") isClosing = true;
    else waiting.push(...message.commands);
  };
  /** Also looks into the port: whatever came during the last fsync, or while this group runs, joins. */
  const next = (): WireCommand | undefined => {
    if (waiting.length === 0) takeArrived(take);
    return waiting.shift();
  };
  const runAll = async () => {
    for (;;) {
      takeArrived(take);
      if (waiting.length === 0) break;
      const { outcomes, fatal } = await group.run(next);
      tell({ kind: "replies", replies: outcomes.map(toReply) });
      if (fatal !== undefined) return fail(fatal);
    }
    if (isClosing) close(connection);
  };
  port.on("message", (message: ToWriter) => {
    take(message);
    if (isRunning) return;
    isRunning = true;
    runAll()
      .catch(fail)
      .finally(() => (isRunning = false));
  });
}

function takeArrived(take: (message: ToWriter) => void): void {
  for (
    let arrived = receiveMessageOnPort(port);
    arrived !== undefined;
    arrived = receiveMessageOnPort(port)
  ) {
    take(arrived.message as ToWriter);
  }
}

function toReply(outcome: Outcome<WireCommand>): WireReply {
  const { id } = outcome.command;
  return outcome.ok
    ? { id, ok: true, value: outcome.value }
    : { id, ok: false, error: toWireError(outcome.error) };
}

/** The connection is left as it is: closing it would checkpoint, and that is a write. */
function fail(error: unknown): void {
  tell({ kind: "fatal", error: toWireError(error) });
  port.close();
}

function close(connection: SqliteConnection): void {
  connection.raw.exec("pragma optimize");
  connection.raw.exec("pragma wal_checkpoint(truncate)");
  connection.close();
  tell({ kind: "closed" });
  port.close();
}

start().catch(fail);
