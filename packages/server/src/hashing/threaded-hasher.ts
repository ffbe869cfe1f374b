/**
 * `ContentHasher` over worker threads: a stream stays with one thread, chosen when it opens. MD5 beside another digest is a stream of its own, so that both
 * are computed at once; and streams of MD5 seek company, because several on one thread cost little more than one (see md5/).
 */
import { Worker } from "node:worker_threads";
import type { ContentHasher, HashStream } from "../core/blobs/content-hasher.ts";
import type { DigestAlgorithm, Digests } from "../core/blobs/digest.ts";
import type { HashReply, HashRequest } from "./hash-worker.ts";
import { maxLanes } from "./md5/kernels.ts";

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

  /** Where MD5 streams are and more of them cost little; else wherever there is time. */
  const bestFor = (kind: "md5" | "other"): HashThread => {
    if (kind === "other") return leastBusy();
    const company = workers.find(({ md5Streams }) => md5Streams > 0 && md5Streams < maxLanes);
    return company ?? leastBusy();
  };

  const openOn = (algorithms: readonly DigestAlgorithm[], path: string | null): HashStream => {
    const kind = algorithms.every((name) => name === "md5") ? "md5" : "other";
    const worker = bestFor(kind);
    const stream = nextStream++;
    const count = (change: 1 | -1): void => {
      worker.streams += change;
      if (kind === "md5") worker.md5Streams += change;
    };
    count(1);
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
        count(-1);
        worker.send({ op: "close", stream });
      },
    };
  };

  return {
    open({ algorithms, path }) {
      const others = algorithms.filter((name) => name !== "md5");
      if (others.length === 0 || others.length === algorithms.length)
        return openOn(algorithms, path);
      return besideEachOther([openOn(["md5"], path), openOn(others, path)]);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.stop()));
    },
  };
}

/** One stream to whoever uses it. */
function besideEachOther(streams: readonly HashStream[]): HashStream {
  const all = async (work: (stream: HashStream) => Promise<void>): Promise<void> => {
    // Memory is in use until all have ended, whichever failed first.
    for (const outcome of await Promise.allSettled(streams.map(work)))
      if (outcome.status === "rejected") throw outcome.reason;
  };
  return {
    append: (bytes) => all((stream) => stream.append(bytes)),
    appendFromFile: (range) => all((stream) => stream.appendFromFile(range)),
    mark: () => streams.forEach((stream) => stream.mark()),
    rewind: () => streams.forEach((stream) => stream.rewind()),
    async digest() {
      const digests = await Promise.all(streams.map((stream) => stream.digest()));
      return Object.assign({}, ...digests) as Digests;
    },
    close: () => streams.forEach((stream) => stream.close()),
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
    md5Streams: 0,
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
