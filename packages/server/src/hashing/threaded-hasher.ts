/** `ContentHasher` over worker threads: a stream stays with one thread, chosen when it opens. */
import { Worker } from "node:worker_threads";
import type { ContentHasher, HashStream } from "../core/blobs/content-hasher.ts";
import type { Digests } from "../core/blobs/digest.ts";
import type { HashReply, HashRequest } from "./hash-worker.ts";

interface Ticket {
  resolve(digests: Digests | undefined): void;
  reject(error: Error): void;
}

/** Distributes `Omit` over the union, so that each request keeps its own fields. */
type Ticketed<R> = R extends { ticket: number } ? Omit<R, "ticket"> : never;

export interface ThreadedHasher extends ContentHasher, AsyncDisposable {}

export function createThreadedHasher({
  threads,
  onFatal,
}: {
  threads: number;
  /** A thread died, and with it every hash it held: nothing can be verified any more. The process should end. */
  onFatal: (error: Error) => void;
}): ThreadedHasher {
  const workers: HashThread[] = [];
  let nextStream = 0;

  /** A thread costs some 10 MB, so one is started when all others have work. */
  const leastBusy = (): HashThread => {
    let least = workers.reduce<HashThread | undefined>(
      (found, other) => (found && found.streams <= other.streams ? found : other),
      undefined,
    );
    if (!least || (least.streams > 0 && workers.length < threads)) {
      least = startWorker(onFatal);
      workers.push(least);
    }
    return least;
  };

  return {
    open({ algorithms, path }): HashStream {
      const worker = leastBusy();
      const stream = nextStream++;
      worker.streams++;
      worker.send({ op: "open", stream, algorithms, path });
      let open = true;
      return {
        append: async (bytes) => void (await worker.ask({ op: "append", stream, bytes })),
        appendFromFile: async ({ start, end }) =>
          void (await worker.ask({ op: "file", stream, start, end })),
        mark: () => worker.send({ op: "mark", stream }),
        rewind: () => worker.send({ op: "rewind", stream }),
        digest: async () => (await worker.ask({ op: "digest", stream })) ?? {},
        close() {
          if (!open) return;
          open = false;
          worker.streams--;
          worker.send({ op: "close", stream });
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.stop()));
    },
  };
}

type HashThread = ReturnType<typeof startWorker>;

function startWorker(onFatal: (error: Error) => void) {
  const worker = new Worker(new URL("./hash-worker.ts", import.meta.url));
  const tickets = new Map<number, Ticket>();
  let nextTicket = 0;
  let dead: Error | undefined;
  worker.on("message", ({ ticket, digests, error }: HashReply) => {
    const waiting = tickets.get(ticket);
    tickets.delete(ticket);
    if (tickets.size === 0) worker.unref();
    if (error) waiting?.reject(error);
    else waiting?.resolve(digests);
  });
  // A thread that dies takes its hash states along: whoever waits must hear of it, not hang.
  const die = (error: Error): void => {
    dead ??= error;
    for (const waiting of tickets.values()) waiting.reject(dead);
    tickets.clear();
  };
  worker.on("error", (error: Error) => {
    die(error);
    onFatal(error);
  });
  // Idle, it keeps no process alive; whoever waits for it does.
  worker.unref();
  const send = (request: HashRequest) => worker.postMessage(request);
  return {
    streams: 0,
    send,
    ask(request: Ticketed<HashRequest>): Promise<Digests | undefined> {
      if (dead) return Promise.reject(dead);
      const ticket = nextTicket++;
      return new Promise((resolve, reject) => {
        tickets.set(ticket, { resolve, reject });
        if (tickets.size === 1) worker.ref();
        send({ ...request, ticket });
      });
    },
    async stop() {
      await worker.terminate();
      die(new Error("the hashing thread was stopped"));
    },
  };
}
