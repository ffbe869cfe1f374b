/** A reader of `GET /api/v1/events` that keeps what it heard. */
import type { TestServer } from "./server.ts";

export interface Heard {
  readonly id: number | undefined;
  readonly event: string;
  readonly data: {
    readonly subjectId?: string;
    readonly seq?: number;
    readonly data?: Record<string, unknown>;
  };
}

export interface EventReader extends AsyncDisposable {
  readonly response: Response;
  readonly heard: Heard[];
  /** Events with an id, `ready` and `reset` left out. */
  readonly recorded: Heard[];
  /** Frames without an event: heartbeats. */
  readonly beats: string[];
  /** The id to come back with. */
  readonly lastId: string;
  /** Resolves when the server has ended the stream, or the reader left. */
  readonly ended: Promise<void>;
  until(isEnough: (reader: EventReader) => boolean): Promise<void>;
  leave(): Promise<void>;
}

export async function readEvents(
  server: Pick<TestServer, "port" | "token">,
  {
    lastId,
    query = "",
    token = server.token,
  }: { lastId?: string; query?: string; token?: string } = {},
): Promise<EventReader> {
  const left = new AbortController();
  const response = await fetch(`http://127.0.0.1:${server.port}/api/v1/events${query}`, {
    headers: {
      authorization: `Bearer ${token}`,
      ...(lastId === undefined ? {} : { "last-event-id": lastId }),
    },
    signal: left.signal,
  });
  const heard: Heard[] = [];
  const beats: string[] = [];
  let last = lastId ?? "";
  let tell = Promise.withResolvers<void>();

  const take = (frame: string): void => {
    const fields = new Map(
      frame.split("\n").map((line) => line.split(/: (.*)/s, 2) as [string, string]),
    );
    last = fields.get("id") ?? last;
    const event = fields.get("event");
    if (event === undefined) {
      beats.push(frame);
      return;
    }
    const id = fields.get("id");
    heard.push({
      id: id === undefined ? undefined : Number(id),
      event,
      data: JSON.parse(fields.get("data") ?? "null") as Heard["data"],
    });
  };
  const read = async (): Promise<void> => {
    let text = "";
    try {
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const frames = text.split("\n\n");
        text = frames.pop()!;
        frames.forEach(take);
        tell.resolve();
        tell = Promise.withResolvers();
      }
    } catch (error) {
      // A stream that was cut is over as well; what was heard is what counts.
      if (!(error instanceof Error)) throw error;
    } finally {
      tell.resolve();
    }
  };
  const ended = response.ok ? read() : Promise.resolve();
  let isOver = false;
  void ended.then(() => (isOver = true));

  const reader: EventReader = {
    response,
    heard,
    beats,
    ended,
    get recorded() {
      return heard.filter(({ id, event }) => id !== undefined && !/^(ready|reset)$/.test(event));
    },
    get lastId() {
      return last;
    },
    async until(isEnough) {
      while (!isEnough(reader)) {
        if (isOver) throw new Error(`the stream ended after ${JSON.stringify(heard)}`);
        await tell.promise;
      }
    },
    async leave() {
      left.abort();
      await ended;
    },
    [Symbol.asyncDispose]: () => reader.leave(),
  };
  return reader;
}
