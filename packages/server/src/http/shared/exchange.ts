/** What the body reader must know of the response that belongs to a request. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";

const responses = new WeakMap<IncomingMessage, ServerResponse>();
const unanswered = new WeakSet<IncomingMessage>();
const taken = new WeakSet<IncomingMessage>();

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

/** The body is read past the parser: the connection cannot carry another request after this one. */
export function closeAfterResponse(request: IncomingMessage): void {
  taken.add(request);
  const response = responses.get(request);
  if (response && !response.headersSent) response.setHeader("connection", "close");
}

/** Time that a refused sender gets to notice, before its connection is cut. */
const lingerMs = 2_000;

/**
 * Before an answer that comes ahead of the body's end: what is left of the body is read and dropped for a while, so that the answer is
 * not lost to a reset. On a connection that ends with the answer, resolves only when the sender is done or its time is up, because Node cuts it then.
 */
export async function drainRefused(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed || unanswered.has(request) || taken.has(request))
    return;
  const isLast = request.headers.connection?.toLowerCase() === "close";
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const timer = setTimeout(isLast ? end : () => request.socket.destroy(), lingerMs);
  timer.unref();
  request.once("end", end).once("close", end);
  request.resume();
  const cleared = over.then(() => clearTimeout(timer));
  if (isLast) await cleared;
}
