import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEventStream, type EventStream } from "./event-stream.ts";

let response: ServerResponse;
let stream: EventStream;
let reader: Socket;
let close: () => Promise<unknown>;
const stallMs = 300;

/** A stream and its reader, over a real connection. */
beforeEach(async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  reader = connect((server.address() as AddressInfo).port, "127.0.0.1");
  reader.on("error", () => {});
  reader.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  [, response] = (await once(server, "request")) as [unknown, ServerResponse];
  stream = openEventStream(response, { headers: {}, times: { retryMs: 7, stallMs } });
  close = async () => {
    reader.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
});
afterEach(() => close());

const big = { id: 1, event: "big", data: "x".repeat(1024 * 1024) };
/** Sends until the reader has no room left, and returns what then waits. */
async function fill(): Promise<{ waiting: Promise<void>; sent: number }> {
  for (let sent = 1; ; sent++) {
    const waiting = stream.send([big]);
    const isThrough = await Promise.race([
      waiting.then(() => true),
      new Promise((resolve) => setTimeout(resolve, 100, false)),
    ]);
    if (!isThrough) return { waiting, sent };
  }
}

describe("an event stream", () => {
  it("says when to come back, and sends events as the standard has them", async () => {
    let text = "";
    reader.on("data", (bytes: Buffer) => (text += bytes.toString()));
    await stream.send([
      { id: 5, event: "a.b", data: { text: "line\nbreak" } },
      { event: "c", data: null },
    ]);
    expect(stream.beat(6)).toBe(true);
    stream.end();
    await once(response, "close");
    await expect.poll(() => text).toContain("beat");
    expect(text).toContain("retry: 7\n\n");
    expect(text).toContain(
      'id: 5\nevent: a.b\ndata: {"text":"line\\nbreak"}\n\nevent: c\ndata: null\n\n',
    );
    expect(text).toContain(": beat\nid: 6\n\n");
  });

  it("holds one frame at most for a reader that takes nothing, and drops what may be lost", async () => {
    reader.pause();
    const { sent } = await fill();
    expect(response.writableLength).toBeLessThan(2 * 1024 * 1024);
    expect(stream.offer([{ event: "lost", data: 1 }])).toBe(false);
    expect(stream.beat(1)).toBe(false);
    expect(sent).toBeGreaterThan(1);
  });

  it("goes on when the reader takes something again", async () => {
    reader.pause();
    const { waiting } = await fill();
    reader.resume();
    await waiting;
    expect(stream.signal.aborted).toBe(false);
    expect(stream.offer([{ event: "told", data: 1 }])).toBe(true);
  });

  it("cuts a reader that takes nothing for too long", async () => {
    reader.pause();
    const { waiting } = await fill();
    await waiting;
    await expect.poll(() => stream.signal.aborted).toBe(true);
    expect(response.destroyed).toBe(true);
    await stream.send([big]);
    expect(stream.offer([big])).toBe(false);
  });

  it("ends at once, also when the reader lags behind or has gone", async () => {
    reader.pause();
    const { waiting } = await fill();
    stream.end();
    stream.end();
    await waiting;
    expect(stream.signal.aborted).toBe(true);
    expect(response.destroyed).toBe(true);
  });

  it("notices that the reader has gone", async () => {
    const gone = once(stream.signal, "abort");
    reader.destroy();
    await gone;
    await stream.send([big]);
    expect(stream.beat(1)).toBe(false);
  });
});
