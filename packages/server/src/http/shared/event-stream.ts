/**
 * One response as `text/event-stream` (WHATWG HTML §9.2). Frames wait for the reader: whoever awaits `send` never has more than one frame in
 * memory beside what the socket holds, and a reader that takes nothing for `stallMs` is cut.
 */
import type { OutgoingHttpHeaders, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";

export interface Frame {
  /** Where a reader that comes back goes on; absent for what is not kept. */
  readonly id?: number;
  readonly event: string;
  readonly data: unknown;
}

export interface EventStream {
  /** Aborts when the reader is gone, was cut, or the stream was ended. */
  readonly signal: AbortSignal;
  /** Resolves when the reader has room for more, or is gone. */
  send(frames: readonly Frame[]): Promise<void>;
  /** False, and nothing sent, when the reader has no room: for what may be lost. */
  offer(frames: readonly Frame[]): boolean;
  /** Tells the reader, and what stands between, that all is well, and where it is. Needs room like an offer. */
  beat(id: number): boolean;
  /** No more frames; a reader that lags behind is cut. Idempotent. */
  end(): void;
}

export interface StreamTimes {
  /** How soon a reader should come back after the end. */
  readonly retryMs: number;
  readonly stallMs: number;
}

const head = {
  "content-type": "text/event-stream; charset=utf-8",
  // `no-transform`: a proxy that compresses would gather frames first.
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
};

export function openEventStream(
  response: ServerResponse,
  { headers, times }: { headers: OutgoingHttpHeaders; times: StreamTimes },
): EventStream {
  const over = new AbortController();
  const { signal } = over;
  response.on("close", () => over.abort());
  // A write that raced the reader's departure.
  response.on("error", () => over.abort());
  response.writeHead(200, { ...headers, ...head });
  response.write(`retry: ${times.retryMs}\n\n`);

  const write = (text: string): boolean => !signal.aborted && response.write(text);
  const room = async (): Promise<void> => {
    const { promise: drained, resolve } = Promise.withResolvers<void>();
    const stalled = new AbortController();
    response.once("drain", resolve);
    const gone = AbortSignal.any([signal, stalled.signal]);
    const cut = wait(times.stallMs, undefined, { signal: gone }).then(
      () => response.destroy(),
      // The reader took it in time, or is gone.
      () => undefined,
    );
    await Promise.race([drained, cut]);
    response.off("drain", resolve);
    stalled.abort();
  };

  return {
    signal,
    async send(frames) {
      if (frames.length > 0 && !write(frames.map(formatFrame).join("")) && !signal.aborted)
        await room();
    },
    offer(frames) {
      if (signal.aborted || response.writableNeedDrain) return false;
      write(frames.map(formatFrame).join(""));
      return true;
    },
    beat(id) {
      if (signal.aborted || response.writableNeedDrain) return false;
      // Without data no event is dispatched, but the reader keeps the id.
      write(`: beat\nid: ${id}\n\n`);
      return true;
    },
    end() {
      if (signal.aborted) return;
      over.abort();
      if (response.writableNeedDrain) response.destroy();
      else response.end();
    },
  };
}

/** JSON has no line breaks, so the data is one line. */
function formatFrame({ id, event, data }: Frame): string {
  const line = id === undefined ? "" : `id: ${id}\n`;
  return `${line}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
