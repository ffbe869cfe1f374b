/**
 * The live stream of an account, for as long as somebody listens: a lost connection is opened again, and goes on after the last id, so that no
 * recorded event is missed or told twice.
 */
import type { Call, CallOptions } from "../call.ts";
import { systemClock, type Clock } from "../clock.ts";
import { connectionLost, isRecord, isRetryable, SampanError } from "../errors.ts";
import { readChunks } from "../transport.ts";
import type { LiveEvent } from "../wire.ts";
import { parseFrames, type Frame } from "./parse-frames.ts";

export interface FollowEvents extends CallOptions {
  /** The id of the last event seen, of an earlier call. Absent: what happens from now on, after a `ready`. */
  after?: number | undefined;
  /** Told before each wait for the next connection. */
  onReconnect?: ((reason: { error: Error | null; delayMs: number }) => void) | undefined;
  clock?: Clock | undefined;
  random?: (() => number) | undefined;
}

const firstRetryMs = 2_000;
const maxRetryMs = 30_000;
/** The server gives a sign of life every 15 s: after three that did not come, the connection is dead. */
const silenceMs = 45_000;

export type EventCalls = ReturnType<typeof createEventCalls>;

export function createEventCalls(call: Call) {
  return {
    /**
     * Yields until `signal` aborts (then it throws the signal's reason) or the server refuses for good, as when the token is no longer valid.
     * `ready` and `reset` say from where on events are told: load what you show when they come.
     */
    async *events(options: FollowEvents = {}): AsyncGenerator<LiveEvent, never, undefined> {
      const { signal, onReconnect, clock = systemClock, random = Math.random } = options;
      const position: Position = { id: options.after, retryMs: firstRetryMs };
      for (let failures = 0; ; failures++) {
        let error: Error | null = null;
        try {
          for await (const event of connect(call, { position, signal })) {
            failures = 0;
            yield event;
          }
        } catch (thrown) {
          signal?.throwIfAborted();
          if (!isRetryable(thrown)) throw thrown;
          error = thrown;
        }
        // A stream that ended well was sent away to come back; all of its readers at once would be too many.
        const backoffMs = Math.min(maxRetryMs, position.retryMs * 2 ** Math.min(failures, 10));
        const jitteredMs = backoffMs * (0.5 + random() / 2);
        const askedMs = error instanceof SampanError ? (error.retryAfterMs ?? 0) : 0;
        const delayMs = Math.max(jitteredMs, askedMs);
        onReconnect?.({ error, delayMs });
        await clock.sleep(delayMs, signal);
      }
    },
  };
}

interface Position {
  id: number | undefined;
  retryMs: number;
}

/** One connection's events; moves the position on as they come. Ends when the server ends it. */
async function* connect(
  call: Call,
  { position, signal }: { position: Position; signal: AbortSignal | undefined },
): AsyncGenerator<LiveEvent, void, undefined> {
  const watch = watchSilence();
  const either = signal === undefined ? watch.signal : AbortSignal.any([signal, watch.signal]);
  try {
    const response = await call({
      method: "GET",
      path: "/events",
      headers: {
        Accept: "text/event-stream",
        ...(position.id === undefined ? {} : { "Last-Event-ID": String(position.id) }),
      },
      signal: either,
    });
    for await (const frame of parseFrames(watch.heard(readChunks(response, either)))) {
      if (frame.retryMs !== undefined) position.retryMs = frame.retryMs;
      if (frame.id !== undefined && /^\d{1,15}$/.test(frame.id)) position.id = Number(frame.id);
      const event = toEvent(frame);
      if (event !== undefined) yield event;
    }
  } finally {
    watch.stop();
  }
}

function toEvent({ id, event, data }: Frame): LiveEvent | undefined {
  if (data === undefined) return undefined;
  const value = parseData(data);
  const { subjectId, actorId, at } = value;
  return {
    id: id === undefined ? null : Number(id),
    kind: event,
    subjectId: typeof subjectId === "string" ? subjectId : null,
    actorId: typeof actorId === "string" ? actorId : null,
    at: typeof at === "string" ? at : null,
    data: isRecord(value["data"]) ? value["data"] : {},
  };
}

function parseData(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new SampanError("The server sent an event that is not JSON", {
    code: "unexpected-response",
  });
}

/** Aborts when nothing at all has come for too long: a connection can die without a word. */
function watchSilence() {
  const dead = new AbortController();
  const fall = (): void => dead.abort(connectionLost(new Error("the other side fell silent")));
  let timer = setTimeout(fall, silenceMs);
  return {
    signal: dead.signal,
    stop: () => clearTimeout(timer),
    async *heard(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        clearTimeout(timer);
        timer = setTimeout(fall, silenceMs);
        yield chunk;
      }
    },
  };
}
