import { Worker } from "node:worker_threads";
import type { HashSourceOptions } from "../source.ts";
import type { HashReply, HashRequest } from "./hash-worker.ts";

/** A SHA-256 that follows a growing file: it reads only as far as it was told. */
export interface TrailingHash {
  /** Bytes before `end` are there and will not change. */
  advance(end: number): void;
  /** Resolves to hex once `size` bytes are hashed. */
  finish(options?: HashSourceOptions): Promise<string>;
  cancel(): void;
}

interface Waiter {
  resolve(sha256: string): void;
  reject(error: unknown): void;
  onHashed(bytes: number): void;
}

interface Thread {
  worker: Worker;
  waiters: Map<number, Waiter>;
}

/** One thread serves all: hashing keeps one processor busy, and more would starve the senders. */
let thread: Thread | null = null;
let lastId = 0;

export function startTrailingHash(path: string, size: number): TrailingHash {
  const id = (lastId += 1);
  const { worker, waiters } = useThread();
  let onHashed: ((bytes: number) => void) | undefined;
  const digest = new Promise<string>((resolve, reject) => {
    waiters.set(id, { resolve, reject, onHashed: (bytes) => onHashed?.(bytes) });
  });
  digest.catch(() => null);
  const tell = (request: HashRequest): void => worker.postMessage(request);
  worker.ref();
  tell({ type: "start", id, path, size });

  function cancel(reason: unknown = new Error("hashing was cancelled")): void {
    const waiter = waiters.get(id);
    if (waiter === undefined) return;
    tell({ type: "cancel", id });
    settle({ worker, waiters }, id);
    waiter.reject(reason);
  }

  return {
    advance: (end) => tell({ type: "advance", id, end }),
    async finish({ signal, onProgress } = {}) {
      signal?.throwIfAborted();
      onHashed = onProgress;
      const stop = (): void => cancel(signal?.reason);
      signal?.addEventListener("abort", stop, { once: true });
      try {
        return await digest;
      } finally {
        signal?.removeEventListener("abort", stop);
      }
    },
    cancel: () => cancel(),
  };
}

/** SHA-256 (hex) of the first `size` bytes of a file, computed beside the main thread. */
export async function hashFile(
  path: string,
  options: HashSourceOptions & { size: number },
): Promise<string> {
  const hash = startTrailingHash(path, options.size);
  hash.advance(options.size);
  try {
    return await hash.finish(options);
  } finally {
    hash.cancel();
  }
}

function useThread(): Thread {
  if (thread !== null) return thread;
  const worker = new Worker(new URL("./hash-worker.ts", import.meta.url));
  const started: Thread = { worker, waiters: new Map() };
  worker.on("message", (reply: HashReply) => receive(started, reply));
  worker.on("error", (error) => {
    if (thread === started) thread = null;
    for (const waiter of started.waiters.values()) waiter.reject(error);
    started.waiters.clear();
  });
  thread = started;
  return started;
}

function receive(from: Thread, reply: HashReply): void {
  const waiter = from.waiters.get(reply.id);
  if (waiter === undefined) return;
  if (reply.type === "hashed") {
    waiter.onHashed(reply.bytes);
    return;
  }
  settle(from, reply.id);
  if (reply.type === "done") waiter.resolve(reply.sha256);
  else waiter.reject(reply.error);
}

/** An idle thread does not keep the process alive. */
function settle({ worker, waiters }: Thread, id: number): void {
  waiters.delete(id);
  if (waiters.size === 0) worker.unref();
}
