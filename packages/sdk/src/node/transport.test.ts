import http from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { createNodeTransport } from "./transport.ts";

async function serve(listener: http.RequestListener) {
  const server = http.createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield new Uint8Array(64 * 1024);
}

function hugeBody() {
  return { byteLength: 2 ** 40, content: endless() };
}

test("resolves with an answer that comes before the body is sent", async () => {
  await using server = await serve((_request, response) => {
    response.writeHead(413, { "Content-Type": "application/json" });
    response.end('{"code":"file-too-large"}');
  });
  const transport = createNodeTransport();
  const asked = { method: "PUT", url: server.url, headers: {}, body: hugeBody() };
  const response = await transport(asked);
  expect(response.status).toBe(413);
  expect(await response.json()).toEqual({ code: "file-too-large" });
});

test("rejects with the body's own error, not with a lost connection", async () => {
  await using server = await serve((request) => request.resume());
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(10);
    throw new Error("the disk is gone");
  }
  const body = { byteLength: 100, content: broken() };
  const request = createNodeTransport()({ method: "PUT", url: server.url, headers: {}, body });
  await expect(request).rejects.toThrow("the disk is gone");
});

test("rejects with the signal's reason when aborted while sending", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  await using server = await serve((request) => {
    request.once("data", () => controller.abort(reason));
  });
  const { signal } = controller;
  const asked = { method: "PUT", url: server.url, headers: {}, body: hugeBody(), signal };
  await expect(createNodeTransport()(asked)).rejects.toBe(reason);
});

test("a refused connection is connection-lost and retryable", async () => {
  const server = await serve(() => undefined);
  await server[Symbol.asyncDispose]();
  const request = createNodeTransport()({ method: "GET", url: server.url, headers: {} });
  await expect(request).rejects.toMatchObject({ code: "connection-lost", retryable: true });
});

test("a connection cut before the answer is connection-lost", async () => {
  await using server = await serve((request) => request.socket.destroy());
  const request = createNodeTransport()({ method: "GET", url: server.url, headers: {} });
  await expect(request).rejects.toMatchObject({ code: "connection-lost" });
});

test("a server that falls silent is connection-lost", async () => {
  await using server = await serve(() => undefined);
  const transport = createNodeTransport({ idleTimeoutMs: 30, answerTimeoutMs: 30 });
  const request = transport({ method: "GET", url: server.url, headers: {} });
  await expect(request).rejects.toMatchObject({ code: "connection-lost" });
});

test("sends exactly the announced bytes and counts them as they leave", async () => {
  const received: string[] = [];
  await using server = await serve((request, response) => {
    request.on("data", (chunk: Buffer) => received.push(chunk.toString()));
    request.on("end", () => response.end(request.headers["content-length"]));
  });
  let sent = 0;
  const response = await createNodeTransport()({
    method: "PUT",
    url: server.url,
    headers: {},
    body: { byteLength: 6, content: [Buffer.from("abc"), Buffer.from("def")] },
    onBodySent: (bytes) => (sent += bytes),
  });
  expect(await response.text()).toBe("6");
  expect(received.join("")).toBe("abcdef");
  expect(sent).toBe(6);
});

test("an abort ends the reading of an answer that is not yet read", async () => {
  const whole = new Uint8Array(8 * 1024 ** 2);
  await using server = await serve((_request, response) => response.end(whole));
  const controller = new AbortController();
  const { signal } = controller;
  const asked = { method: "GET", url: server.url, headers: {}, signal };
  const response = await createNodeTransport()(asked);
  controller.abort(new Error("enough"));
  await expect(response.arrayBuffer()).rejects.toBeInstanceOf(Error);
});

test("an abort between an early answer and the end of the body ends the answer", async () => {
  await using server = await serve((_request, response) => response.end("early"));
  const controller = new AbortController();
  const isAnswered = Promise.withResolvers<void>();
  async function* content(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(1024);
    await isAnswered.promise;
    controller.abort(new Error("enough"));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { signal } = controller;
  const body = { byteLength: 2048, content: content() };
  const asked = { method: "PUT", url: server.url, headers: {}, body, signal };
  const onBodySent = (): void => void setTimeout(isAnswered.resolve, 50);
  const reading = createNodeTransport()({ ...asked, onBodySent }).then((answer) => answer.text());
  await expect(reading).rejects.toBeInstanceOf(Error);
});

test("a cancelled answer frees its connection", async () => {
  const isClosed = Promise.withResolvers<string>();
  await using server = await serve((_request, response) => {
    response.on("close", () => isClosed.resolve("closed"));
    response.write(new Uint8Array(64 * 1024));
  });
  const response = await createNodeTransport()({ method: "GET", url: server.url, headers: {} });
  await response.body?.cancel();
  expect(await isClosed.promise).toBe("closed");
});

test("follows a GET to the host of content, and shows it no credentials", async () => {
  const seen: http.IncomingHttpHeaders[] = [];
  await using content = await serve((request, response) => {
    seen.push(request.headers);
    response.end("bytes");
  });
  await using app = await serve((request, response) => {
    response.writeHead(302, { location: `${content.url}content/x` });
    response.end();
  });
  const headers = { Authorization: "Bearer secret", "Sampan-Share": "s", Range: "bytes=0-4" };
  const response = await createNodeTransport()({ method: "GET", url: app.url, headers });
  expect([response.status, await response.text()]).toEqual([200, "bytes"]);
  expect(seen).toHaveLength(1);
  expect(seen[0]).toMatchObject({ range: "bytes=0-4" });
  expect(seen[0]).not.toHaveProperty("authorization");
  expect(seen[0]).not.toHaveProperty("sampan-share");
});

test("follows nothing but a GET, and not for ever", async () => {
  let asked = 0;
  await using server = await serve((_request, response) => {
    asked++;
    response.writeHead(302, { location: "/again" });
    response.end();
  });
  const transport = createNodeTransport();
  const deleted = await transport({ method: "DELETE", url: server.url, headers: {} });
  expect([deleted.status, asked]).toEqual([302, 1]);
  expect((await transport({ method: "GET", url: server.url, headers: {} })).status).toBe(302);
  expect(asked).toBeLessThan(10);
});
