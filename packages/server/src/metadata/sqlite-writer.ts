/**
 * The one thread that writes. SQLite's fsync blocks its thread, so it is not the event loop's; and while it blocks, commands gather in the
 * port and form the next group.
 */
import { flushCompileCache } from "node:module";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { openForWriting } from "./sqlite/connection.ts";
import type { WritingConnection } from "./sqlite/connection.ts";
import type { Outcome } from "./sqlite/group-commit.ts";
import type {
  FromWriter,
  ToWriter,
  WireCommand,
  WireReply,
  WriterOptions,
} from "./sqlite/messages.ts";
import { toWireError } from "./sqlite/wire-error.ts";
import { createWriteQueue } from "./sqlite/write-queue.ts";

if (parentPort === null) throw new Error("runs as a worker only");
const port = parentPort;
const tell = (message: FromWriter) => port.postMessage(message);

async function start(): Promise<void> {
  const connection = await openForWriting(workerData as WriterOptions);
  serve(connection);
  tell({ kind: "ready" });
  // For the next start: what is compiled anew costs a thread twice the memory.
  flushCompileCache();
}

function serve(connection: WritingConnection): void {
  let isClosing = false;
  let hasFailed = false;
  const take = (message: ToWriter): readonly WireCommand[] => {
    if (message.kind === "commands") return message.commands;
    isClosing = true;
    return [];
  };
  const queue = createWriteQueue<WireCommand>(connection, {
    refill: () => arrivedMessages().flatMap(take),
    onOutcomes: (outcomes, concerned) =>
      tell({ kind: "replies", replies: outcomes.map(toReply), concerned }),
    onFatal(error) {
      hasFailed = true;
      fail(error);
    },
  });
  port.on("message", (message: ToWriter) => {
    queue.push(take(message));
    void queue.idle().then(() => {
      if (isClosing && !hasFailed) close(connection);
    });
  });
}

function arrivedMessages(): ToWriter[] {
  const messages: ToWriter[] = [];
  for (;;) {
    const arrived = receiveMessageOnPort(port);
    if (arrived === undefined) return messages;
    messages.push(arrived.message as ToWriter);
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

function close(connection: WritingConnection): void {
  if (!connection.raw.isOpen) return;
  connection.close();
  tell({ kind: "closed" });
  port.close();
}

start().catch(fail);
