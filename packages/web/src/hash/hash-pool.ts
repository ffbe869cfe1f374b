import type { HashAnswer, HashRequest } from "./hash-worker.ts";

export interface HashBlob {
  (blob: Blob, options: HashOptions): Promise<string>;
}

interface HashOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((hashedBytes: number) => void) | undefined;
}

interface Task extends HashOptions {
  blob: Blob;
  resolve(sha256: string): void;
  reject(reason: unknown): void;
}

/**
 * SHA-256 (hex) of whole files in worker threads, at most `size` files at once, in order. Rejects
 * with the signal's reason, or with the browser's own error when it cannot read the file.
 */
export function createHashPool(size: number): HashBlob {
  const waiting: Task[] = [];
  const idle: Worker[] = [];
  let busy = 0;

  function runNext(): void {
    while (busy < size) {
      const task = waiting.shift();
      if (task === undefined) return;
      if (task.signal?.aborted === true) {
        task.reject(task.signal.reason);
        continue;
      }
      busy += 1;
      void runOn(idle.pop() ?? startWorker(), task).then((worker) => {
        busy -= 1;
        if (worker !== null) idle.push(worker);
        runNext();
      });
    }
  }

  return (blob, options) =>
    new Promise((resolve, reject) => {
      waiting.push({ blob, ...options, resolve, reject });
      runNext();
    });
}

function startWorker(): Worker {
  return new Worker(new URL("./hash-worker.ts", import.meta.url), { type: "module" });
}

/** Settles the task; resolves to the worker when it can be used again. */
function runOn(worker: Worker, task: Task): Promise<Worker | null> {
  const { signal } = task;
  return new Promise((release) => {
    const discard = (reason: unknown): void => {
      worker.terminate();
      task.reject(reason);
      release(null);
    };
    const stop = (): void => discard(signal?.reason);
    worker.onerror = (event) => discard(new Error(event.message));
    worker.onmessage = ({ data }: MessageEvent<HashAnswer>) => {
      if (data.kind === "progress") {
        task.onProgress?.(data.hashedBytes);
        return;
      }
      signal?.removeEventListener("abort", stop);
      if (data.kind === "done") task.resolve(data.sha256);
      else task.reject(new DOMException(data.message, data.name));
      release(worker);
    };
    signal?.addEventListener("abort", stop, { once: true });
    const request: HashRequest = { blob: task.blob };
    worker.postMessage(request);
  });
}
