/** What the body reader must know of the response that belongs to a request. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";

const responses = new WeakMap<IncomingMessage, ServerResponse>();
const unanswered = new WeakSet<IncomingMessage>();

/** A JSON body this small is asked for at once; a larger one only when something begins to read it. */
const continueAtOnceBytes = 64 * 1024;

export function rememberExchange(request: IncomingMessage, response: ServerResponse): void {
  responses.set(request, response);
}

/**
 * `Expect: 100-continue` is answered when the body is first wanted, so that a refusal (no token, too large, no room) costs the client
 * nothing but the head of its request.
 */
export function deferContinue(server: Server): void {
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    if (Number(request.headers["content-length"]) <= continueAtOnceBytes) response.writeContinue();
    else unanswered.add(request);
    server.emit("request", request, response);
  });
}

/** Call before reading a body. */
export function wantBody(request: IncomingMessage): void {
  if (unanswered.delete(request)) responses.get(request)?.writeContinue();
}

/** The connection cannot carry another request after this one. */
export function closeAfterResponse(request: IncomingMessage): void {
  const response = responses.get(request);
  if (response && !response.headersSent) response.setHeader("connection", "close");
}

/** Time and bytes a refused sender gets to notice, before its connection is cut. */
const lingerMs = 2_000;

/** After an answer that came before the body's end: read and drop the rest for a while, so that the answer is not lost to a reset. */
export function drainRefused(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  const timer = setTimeout(() => request.socket.destroy(), lingerMs);
  timer.unref();
  request.once("end", () => clearTimeout(timer)).once("close", () => clearTimeout(timer));
  request.resume();
}
