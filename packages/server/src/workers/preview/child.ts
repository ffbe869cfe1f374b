/** One preview process, from its start to its end, as the server sees it. */
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import {
  createFrameReader,
  formatHead,
  type Frame,
  type PreviewCommand,
  type PreviewReply,
} from "./frames.ts";
import { previewLimits } from "./limits.ts";

/** It ended, or was made to, over this content. */
export class ChildDied extends Error {
  override readonly name = "ChildDied";
}

/** It never came to life: this says nothing about any content. */
class ChildUnavailable extends Error {
  override readonly name = "ChildUnavailable";
}

export interface Child {
  readonly pid: number | undefined;
  readonly isAlive: boolean;
  /** Throws `ChildDied` when it dies of it or before it has answered. */
  ask(command: PreviewCommand, content: AsyncIterable<Uint8Array>): Promise<Frame<PreviewReply>>;
  kill(): void;
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
}

const script = fileURLToPath(new URL("./preview-process.ts", import.meta.url));
const startMs = 20_000;
/** No file but for reading, no process, no worker; what is native is held by the operating system's limits only. */
const nodeOptions = [
  "--permission",
  "--allow-addons",
  "--allow-fs-read=*",
  "--no-warnings",
  "--max-old-space-size=256",
];

/** Resolves when it is ready; throws `ChildUnavailable`. */
export async function startChild(nodePath = process.execPath): Promise<Child> {
  const child = spawn(nodePath, [...nodeOptions, script], {
    // Nothing of the server's environment: it holds secrets.
    env: { UV_THREADPOOL_SIZE: "2", MALLOC_ARENA_MAX: "2" },
    cwd: "/",
    stdio: ["pipe", "pipe", "ignore"],
  });
  const { promise: gone, resolve: end } = Promise.withResolvers<void>();
  let isAlive = true;
  let hear: { resolve(frame: Frame<PreviewReply>): void; reject(error: Error): void } | undefined;
  const die = (): void => {
    isAlive = false;
    hear?.reject(new ChildDied("the preview process ended"));
    hear = undefined;
  };
  const kill = (): void => {
    die();
    child.kill("SIGKILL");
  };
  const close = (): void => {
    die();
    end();
  };
  // `error` comes without `close` where the program could not be started.
  child.on("error", close).on("close", close);
  child.stdin.on("error", die);
  const read = createFrameReader<PreviewReply>({
    maxBytes: previewLimits.maxOutputBytes,
    onFrame(frame) {
      hear?.resolve(frame);
      hear = undefined;
    },
  });
  child.stdout.on("data", (piece: Buffer) => {
    try {
      read(piece);
    } catch {
      // It speaks in tongues: whatever made it do so, it is not heard any more.
      kill();
    }
  });
  const listen = (): Promise<Frame<PreviewReply>> => {
    if (!isAlive) return Promise.reject(new ChildDied("the preview process has ended"));
    return new Promise((resolve, reject) => void (hear = { resolve, reject }));
  };

  await withTime(listen(), { ms: startMs, kill }).catch((error: unknown) => {
    throw new ChildUnavailable("the preview process did not start", { cause: error });
  });
  sacrificeFirst(child.pid);
  return {
    pid: child.pid,
    gone,
    kill,
    get isAlive() {
      return isAlive;
    },
    async ask(command, content) {
      const answer = withTime(listen(), { ms: previewLimits.killMs, kill });
      answer.catch(() => undefined);
      child.stdin.write(formatHead(command));
      try {
        for await (const piece of content) {
          if (!isAlive) break;
          // The buffer is filled again as soon as the next is asked for.
          if (!child.stdin.write(Buffer.from(piece)))
            await Promise.race([once(child.stdin, "drain").catch(() => undefined), answer]);
        }
      } catch (error) {
        // It would wait for the rest of this frame for ever.
        kill();
        throw error;
      }
      return await answer;
    },
  };
}

async function withTime<T>(
  promise: Promise<T>,
  { ms, kill }: { ms: number; kill: () => void },
): Promise<T> {
  const timer = setTimeout(kill, ms);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** Where memory runs out, Linux ends this process before any other. Elsewhere, and where it may not be said, nothing is lost. */
function sacrificeFirst(pid: number | undefined): void {
  writeFile(`/proc/${pid}/oom_score_adj`, "1000").catch(() => undefined);
}
