import { afterEach, expect, test, vi } from "vitest";
import { createClient } from "../client.ts";
import { connectionLost } from "../errors.ts";
import type { Transport, TransportRequest } from "../transport.ts";
import type { LiveEvent } from "../wire.ts";

afterEach(() => void vi.useRealTimers());

const event = (id: number, kind = "file.stored") =>
  `id: ${id}\nevent: ${kind}\ndata: {"subjectId":"s${id}","data":{"name":"n"}}\n\n`;

/** A body that ends well after its text; or is cut, or stays silent. */
function streamOf(text: string, then: "ends" | "breaks" | "hangs" = "ends"): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      if (then === "ends") controller.close();
    },
    pull(controller) {
      if (then === "breaks") controller.error(new Error("cut"));
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

function script(...answers: (() => Response)[]) {
  const requests: TransportRequest[] = [];
  const transport: Transport = async (request) => {
    requests.push(request);
    request.signal?.throwIfAborted();
    const answer = answers.shift();
    if (answer === undefined) throw new Error("asked too often");
    const response = answer();
    // As fetch does: the signal ends the body too.
    const { signal } = request;
    if (signal === undefined || response.body === null) return response;
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    response.body.pipeTo(writable, { signal }).catch(() => undefined);
    return new Response(readable, response);
  };
  const slept: number[] = [];
  const clock = {
    nowMs: () => 0,
    sleep(ms: number, signal?: AbortSignal) {
      slept.push(ms);
      signal?.throwIfAborted();
      return Promise.resolve();
    },
  };
  const client = createClient({ url: "http://drive.test", token: "t", transport });
  const random = () => 1;
  return { client, clock, random, requests, slept };
}

async function take(events: AsyncGenerator<LiveEvent>, count: number): Promise<LiveEvent[]> {
  const taken: LiveEvent[] = [];
  for await (const one of events) {
    taken.push(one);
    if (taken.length === count) break;
  }
  return taken;
}

test("comes back with the last id after an end, a cut and a refusal that may pass", async () => {
  const busy = () =>
    Response.json({ code: "too-many-streams" }, { status: 429, headers: { "retry-after": "60" } });
  const { client, clock, random, requests, slept } = script(
    () => streamOf(`retry: 100\n\nid: 4\nevent: ready\ndata: {"seq":4}\n\n${event(5)}`),
    () => streamOf(`${event(6)}id: 9\n\n`, "breaks"),
    busy,
    () => {
      throw connectionLost(new Error("refused"));
    },
    () => streamOf(event(10)),
  );
  const taken = await take(client.events({ clock, random }), 4);
  expect(taken.map(({ id, kind }) => [id, kind])).toEqual([
    [4, "ready"],
    [5, "file.stored"],
    [6, "file.stored"],
    [10, "file.stored"],
  ]);
  expect(taken[1]).toEqual({
    id: 5,
    kind: "file.stored",
    subjectId: "s5",
    actorId: null,
    at: null,
    data: { name: "n" },
  });
  expect(requests.map(({ headers }) => headers["Last-Event-ID"])).toEqual([
    undefined,
    "5",
    "9",
    "9",
    "9",
  ]);
  expect(requests[0]!.headers).toMatchObject({
    Accept: "text/event-stream",
    Authorization: "Bearer t",
  });
  // As long as the server says, longer with each failure, and never shorter than it asks.
  expect(slept).toEqual([100, 100, 60_000, 400]);
});

test("begins after the id that it is given", async () => {
  const { client, requests } = script(() => streamOf(event(8), "hangs"));
  expect(await take(client.events({ after: 7 }), 1)).toHaveLength(1);
  expect(requests[0]!.headers["Last-Event-ID"]).toBe("7");
});

test("ends with a refusal that will not pass", async () => {
  const { client, clock } = script(() =>
    Response.json({ code: "unauthenticated" }, { status: 401 }),
  );
  await expect(client.events({ clock }).next()).rejects.toMatchObject({ code: "unauthenticated" });
});

test("ends with the signal's reason, while it reads and while it waits", async () => {
  const stop = new AbortController();
  const reading = script(() => streamOf(event(1), "hangs"));
  const events = reading.client.events({ signal: stop.signal });
  await events.next();
  const next = events.next();
  stop.abort(new Error("enough"));
  await expect(next).rejects.toThrow("enough");

  const waiting = new AbortController();
  const ended = script(() => streamOf(event(1)));
  const onReconnect = () => waiting.abort(new Error("no more"));
  const calls = ended.client.events({ signal: waiting.signal, onReconnect });
  await calls.next();
  await expect(calls.next()).rejects.toThrow("no more");
});

test("takes a connection without any sign of life for a dead one", async () => {
  vi.useFakeTimers();
  const { client, clock, requests } = script(
    () => streamOf(event(1), "hangs"),
    () => streamOf(event(2), "hangs"),
  );
  const events = client.events({ clock });
  await events.next();
  const next = events.next();
  await vi.advanceTimersByTimeAsync(44_000);
  expect(requests).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2_000);
  expect((await next).value).toMatchObject({ id: 2 });
  expect(requests[1]!.headers["Last-Event-ID"]).toBe("1");
  await events.return(undefined as never);
});

test("leaves the connection when nobody listens any more", async () => {
  const { client, requests } = script(() => streamOf(event(1), "hangs"));
  const pulled = client.events();
  await pulled.next();
  await pulled.return(undefined as never);
  expect(requests).toHaveLength(1);
});
