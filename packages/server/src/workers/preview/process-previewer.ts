/**
 * `Previewer` in a process of its own, one content at a time. What a content does there (crash, grow, loop) costs that process,
 * which is begun anew for the next; the server goes on. A content over which two processes died is refused for good.
 */
import {
  PreviewImpossible,
  type Previewer,
  type PreviewKind,
  type PreviewSource,
} from "../../core/previews/previewer.ts";
import { ChildDied, startChild, type Child } from "./child.ts";
import type { PreviewCommand } from "./frames.ts";
import { previewLimits } from "./limits.ts";

export interface ProcessPreviewer extends Previewer, AsyncDisposable {
  /** Of the process at work, if there is one. */
  readonly pid: number | undefined;
}

const tries = 2;

export function createProcessPreviewer({
  start = startChild,
  idleMs = previewLimits.idleMs,
}: { start?: () => Promise<Child>; idleMs?: number } = {}): ProcessPreviewer {
  let child: Child | undefined;
  let idle: NodeJS.Timeout | undefined;
  let isStopped = false;
  let last: Promise<unknown> = Promise.resolve();

  const makeOnce = async (kind: PreviewKind, source: PreviewSource): Promise<Uint8Array> => {
    child = child?.isAlive ? child : await start();
    const { headBytes, maxImageBytes, maxTextBytes } = previewLimits;
    const head = { start: 0, end: Math.min(source.size, headBytes) };
    await send(child, { command: { op: "detect", kind, length: head.end }, range: head, source });
    if (kind !== "text" && source.size > maxImageBytes) throw new PreviewImpossible("too-large");
    const range = {
      start: 0,
      end: Math.min(source.size, kind === "text" ? maxTextBytes : source.size),
    };
    const isCut = range.end < source.size;
    return await send(child, {
      command: { op: "make", kind, length: range.end, isCut },
      range,
      source,
    });
  };

  const make = async (
    { kind, source }: { kind: PreviewKind; source: PreviewSource },
    signal: AbortSignal,
  ): Promise<Uint8Array> => {
    clearTimeout(idle);
    const stop = (): void => child?.kill();
    signal.addEventListener("abort", stop);
    try {
      for (let attempt = 1; ; attempt++) {
        signal.throwIfAborted();
        if (isStopped) throw new Error("previews have stopped");
        try {
          return await makeOnce(kind, source);
        } catch (error) {
          const mayBeContent = error instanceof ChildDied && !signal.aborted && !isStopped;
          if (!mayBeContent) throw error;
          if (attempt === tries) throw new PreviewImpossible("crashed", { cause: error });
        }
      }
    } finally {
      signal.removeEventListener("abort", stop);
      idle = setTimeout(() => child?.kill(), idleMs).unref();
    }
  };

  return {
    get pid() {
      return child?.isAlive ? child.pid : undefined;
    },
    make(request, signal) {
      const mine = last.then(() => make(request, signal));
      last = mine.catch(() => undefined);
      return mine;
    },
    async [Symbol.asyncDispose]() {
      isStopped = true;
      clearTimeout(idle);
      child?.kill();
      await last;
      clearTimeout(idle);
      child?.kill();
      await child?.gone;
    },
  };
}

async function send(
  child: Child,
  {
    command,
    range,
    source,
  }: { command: PreviewCommand; range: { start: number; end: number }; source: PreviewSource },
): Promise<Uint8Array> {
  const { head, bytes } = await child.ask(command, source.read(range));
  if (head.is === "refused") throw new PreviewImpossible(head.reason);
  return bytes;
}
