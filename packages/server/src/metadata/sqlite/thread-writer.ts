/** The main thread's end of the writer: commands in, promises out. */
import { Worker } from "node:worker_threads";
import type { Write, WriteInput, WriteName, WriteResult } from "../stores/write-commands.ts";
import type { FromWriter, ToWriter, WireCommand, WireReply, WriterOptions } from "./messages.ts";
import { fromWireError } from "./wire-error.ts";
import type { Writer, WriterEvents } from "./writer.ts";

interface Waiter {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Starts the writer's thread; resolves when the database is open and migrated. */
export async function startThreadWriter(
  options: WriterOptions,
  events: WriterEvents,
): Promise<Writer> {
  const writer = new ThreadWriter(options, events);
  await writer.opened();
  return writer;
}

class ThreadWriter implements Writer {
  readonly #worker: Worker;
  readonly #onFatal: WriterEvents["onFatal"];
  readonly #onRecorded: WriterEvents["onRecorded"];
  readonly #waiters = new Map<number, Waiter>();
  readonly #opened = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  #unsent: WireCommand[] = [];
  #lastId = 0;
  #state: "opening" | "open" | "closing" | "closed" | "failed" = "opening";
  #failure: Error | undefined;

  constructor(options: WriterOptions, { onFatal, onRecorded }: WriterEvents) {
    this.#onFatal = onFatal;
    this.#onRecorded = onRecorded;
    this.#worker = new Worker(new URL("../sqlite-writer.ts", import.meta.url), {
      name: "sampan-sqlite-writer",
      workerData: options,
    });
    this.#worker.on("message", (message: FromWriter) => this.#receive(message));
    this.#worker.on("error", (error) =>
      this.#fail(error instanceof Error ? error : new Error(String(error))),
    );
    this.#worker.on("exit", (code) =>
      this.#fail(new Error(`the database writer ended with code ${code}`)),
    );
    // Whoever waits for it hears of a failure from `opened` or the command; without this a failure to open is reported twice.
    this.#opened.promise.catch(() => {});
  }

  opened(): Promise<void> {
    return this.#opened.promise;
  }

  readonly write: Write = <N extends WriteName>(name: N, input: WriteInput<N>) =>
    new Promise<WriteResult<N>>((resolve, reject) => {
      if (this.#state !== "open") {
        reject(this.#failure ?? new Error(`the database is ${this.#state}`));
        return;
      }
      const id = ++this.#lastId;
      this.#waiters.set(id, { resolve: resolve as (value: unknown) => void, reject });
      if (this.#waiters.size === 1) this.#worker.ref();
      // Commands of one turn of the event loop travel together: a message costs more than a command.
      if (this.#unsent.length === 0) queueMicrotask(() => this.#send());
      this.#unsent.push({ id, name, input });
    });

  async close(): Promise<void> {
    if (this.#state === "open") {
      this.#state = "closing";
      this.#worker.ref();
      this.#send();
      this.#post({ kind: "close" });
    }
    await this.#closed.promise;
  }

  #send(): void {
    if (this.#unsent.length === 0) return;
    const commands = this.#unsent;
    this.#unsent = [];
    try {
      this.#post({ kind: "commands", commands });
    } catch (cause) {
      // Input that is no plain data cannot cross; whoever asked must hear of it.
      const error = new Error("a write's input cannot be cloned", { cause });
      for (const { id } of commands) this.#settleWith(id, (waiter) => waiter.reject(error));
    }
  }

  #post(message: ToWriter): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromWriter): void {
    switch (message.kind) {
      case "ready":
        this.#state = "open";
        // An idle database keeps no process alive; a waiting command does.
        this.#worker.unref();
        this.#opened.resolve();
        return;
      case "replies":
        for (const reply of message.replies) this.#settle(reply);
        if (this.#waiters.size === 0 && this.#state === "open") this.#worker.unref();
        if (message.concerned.length > 0) this.#onRecorded(message.concerned);
        return;
      case "fatal":
        this.#fail(fromWireError(message.error));
        return;
      case "closed":
        this.#state = "closed";
        this.#closed.resolve();
    }
  }

  #settle(reply: WireReply): void {
    this.#settleWith(reply.id, (waiter) => {
      if (reply.ok) waiter.resolve(reply.value);
      else waiter.reject(fromWireError(reply.error));
    });
  }

  #settleWith(id: number, settle: (waiter: Waiter) => void): void {
    const waiter = this.#waiters.get(id);
    this.#waiters.delete(id);
    if (waiter !== undefined) settle(waiter);
  }

  #fail(error: Error): void {
    if (this.#state === "closed" || this.#state === "failed") return;
    const wasOpening = this.#state === "opening";
    this.#state = "failed";
    this.#failure = error;
    for (const waiter of this.#waiters.values()) waiter.reject(error);
    this.#waiters.clear();
    this.#closed.resolve();
    this.#opened.reject(error);
    if (!wasOpening) this.#onFatal(error);
  }
}
