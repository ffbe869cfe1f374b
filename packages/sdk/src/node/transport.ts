/**
 * Requests over node:http. Against `fetch` it sends a file about 10 % faster at a quarter less
 * processor time (a fetch stream body is always chunked), and it reports bytes as they leave.
 *
 * A dead peer is noticed by silence: `idleTimeoutMs` while bytes should flow, `answerTimeoutMs`
 * while the server makes them durable.
 */
import http from "node:http";
import https from "node:https";
import { connectionLost } from "../errors.ts";
import { toChunks } from "../source.ts";
import type { Transport, TransportRequest } from "../transport.ts";

export interface NodeTransportOptions {
  /** Default 30,000. */
  idleTimeoutMs?: number;
  /** Default 120,000. */
  answerTimeoutMs?: number;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MAX_HOPS = 5;
const BODILESS_STATUSES: ReadonlySet<number> = new Set([204, 205, 304]);

export function createNodeTransport(options: NodeTransportOptions = {}): Transport {
  const { idleTimeoutMs = 30_000, answerTimeoutMs = 120_000 } = options;
  const agents = {
    "http:": new http.Agent({ keepAlive: true }),
    "https:": new https.Agent({ keepAlive: true }),
  };
  const send: Transport = async (request) => {
    request.signal?.throwIfAborted();
    const url = new URL(request.url);
    const isSecure = url.protocol === "https:";
    const { method, signal, body } = request;
    const length = body === undefined ? {} : { "Content-Length": String(body.byteLength) };
    const outgoing = (isSecure ? https : http).request(url, {
      method,
      agent: isSecure ? agents["https:"] : agents["http:"],
      headers: { ...request.headers, ...length },
      // Here it covers connecting too; sendBody and the answer set their own.
      timeout: idleTimeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    const answer = receiveAnswer(outgoing, { signal, idleTimeoutMs });
    await sendBody(outgoing, { request, answer, idleTimeoutMs, answerTimeoutMs });
    return toResponse(await answer, { outgoing, signal });
  };
  return async (request) => {
    let response = await send(request);
    let { url } = request;
    // Content may lie on a host of its own, whose address is all that it asks for: what proves who we are stays here.
    for (let hop = 0; hop < MAX_HOPS && request.method === "GET"; hop++) {
      const location = REDIRECTS.has(response.status) ? response.headers.get("location") : null;
      if (location === null) break;
      await response.body?.cancel();
      const next = new URL(location, url);
      const isHere = next.origin === new URL(request.url).origin;
      url = next.href;
      response = await send({
        ...request,
        url,
        headers: isHere ? request.headers : rangeOf(request),
      });
    }
    return response;
  };
}

const RANGE_HEADERS: ReadonlySet<string> = new Set(["range", "if-range", "if-match"]);

function rangeOf({ headers }: TransportRequest): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => RANGE_HEADERS.has(name.toLowerCase()));
  return Object.fromEntries(kept);
}

/** Settles with the headers, also when they come before the body is sent. */
function receiveAnswer(
  outgoing: http.ClientRequest,
  options: { signal: AbortSignal | undefined; idleTimeoutMs: number },
): Promise<http.IncomingMessage> {
  const answer = new Promise<http.IncomingMessage>((resolve, reject) => {
    outgoing.once("response", (incoming) => {
      outgoing.setTimeout(options.idleTimeoutMs);
      resolve(incoming);
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("the other side fell silent")));
    outgoing.on("error", (error) => {
      const isAborted = options.signal?.aborted === true;
      reject(isAborted ? options.signal?.reason : connectionLost(error));
    });
    outgoing.once("close", () => reject(connectionLost(new Error("closed without an answer"))));
  });
  // Awaited after the body; a failure before that must not count as unhandled.
  answer.catch(() => null);
  return answer;
}

interface Sending {
  request: TransportRequest;
  answer: Promise<http.IncomingMessage>;
  idleTimeoutMs: number;
  answerTimeoutMs: number;
}

/** Resolves when the body left or the answer made it moot; rejects when reading the body failed. */
async function sendBody(outgoing: http.ClientRequest, sending: Sending): Promise<void> {
  const { request, answer } = sending;
  const { body, onBodySent, signal } = request;
  let isSettled = false;
  const settled = answer.then(
    () => (isSettled = true),
    () => (isSettled = true),
  );
  outgoing.setTimeout(sending.idleTimeoutMs);
  try {
    for await (const chunk of body === undefined ? [] : toChunks(body.content, signal)) {
      if (isSettled) return;
      const hasRoom = outgoing.write(chunk, (error) => {
        if (!error) onBodySent?.(chunk.byteLength);
      });
      if (!hasRoom) await Promise.race([drained(outgoing), settled]);
    }
  } catch (error) {
    outgoing.destroy();
    throw error;
  }
  if (isSettled) return;
  outgoing.setTimeout(sending.answerTimeoutMs);
  outgoing.end();
}

function drained(outgoing: http.ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    outgoing.once("drain", resolve);
  });
}

function toResponse(
  incoming: http.IncomingMessage,
  { outgoing, signal }: { outgoing: http.ClientRequest; signal: AbortSignal | undefined },
): Response {
  const headers = new Headers();
  for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2) {
    headers.append(incoming.rawHeaders[index] ?? "", incoming.rawHeaders[index + 1] ?? "");
  }
  const status = incoming.statusCode ?? 0;
  // An early answer leaves a half-sent request: its connection cannot be used again.
  if (!outgoing.writableEnded) incoming.once("end", () => outgoing.destroy());
  const isBodiless = BODILESS_STATUSES.has(status) || outgoing.method === "HEAD";
  if (isBodiless) {
    incoming.resume();
    return new Response(null, { status, headers });
  }
  return new Response(toWebStream(incoming, signal), { status, headers });
}

/** `Readable.toWeb` would copy every chunk: measured, a fifth of a download's processor time. */
function toWebStream(
  incoming: http.IncomingMessage,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  let isOver = false;
  const source: UnderlyingDefaultSource<Uint8Array> = {
    start(controller) {
      // An abort may have ended it before anybody could listen.
      if (incoming.destroyed || incoming.readableEnded) {
        isOver = true;
        controller.error(new Error("the answer was cut"));
        return;
      }
      incoming.pause();
      incoming.on("data", (chunk: Buffer) => {
        if (isOver) return;
        controller.enqueue(chunk);
        if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
      });
      // An abort throws away what was not read yet, and then reports an ordinary end.
      incoming.once("end", () => {
        if (!isOver && signal?.aborted === true) controller.error(signal.reason);
        else if (!isOver) controller.close();
        isOver = true;
      });
      incoming.once("close", () => {
        if (!isOver) controller.error(new Error("the answer was cut"));
        isOver = true;
      });
      incoming.once("error", (error) => {
        if (!isOver) controller.error(error);
        isOver = true;
      });
    },
    pull: () => void incoming.resume(),
    cancel() {
      isOver = true;
      incoming.destroy();
    },
  };
  return new ReadableStream(source, new ByteLengthQueuingStrategy({ highWaterMark: 1024 ** 2 }));
}
