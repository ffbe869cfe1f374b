/** What Node's parser lets pass, and what it refuses, of the head of a request. */
import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { HttpRefusal } from "./http-refusal.ts";
import { plain } from "./problem.ts";

const dotSegment = /^[^?]*\/\.\.?(\/|\?|$)/;

/**
 * What a request says once or not at all, each with a bit of its own. Of two, Node keeps the first or joins them, and something in front of us may
 * have gone by the second: that would be another user, another host, another body.
 */
const singles = new Map(
  [
    "host",
    "authorization",
    "content-length",
    "transfer-encoding",
    "content-type",
    "content-encoding",
    "expect",
    "origin",
    "sec-fetch-site",
    "x-http-method-override",
  ].map((name, i) => [name, 1 << i]),
);
const lengths = new Set([...singles.keys()].map((name) => name.length));

/**
 * The refusal of a head that we and something in front of us might read differently: a header twice that stands once (400; RFC 9112 §3.2 for Host),
 * a version without headers (400), or a target that is no plain path (absolute-form is for proxies, and we are none: 404).
 */
export function refuseHead(request: IncomingMessage): HttpRefusal | undefined {
  const { url = "", rawHeaders, httpVersionMajor } = request;
  if (!url.startsWith("/") || dotSegment.test(url))
    return new HttpRefusal(404, { code: "not-found" });
  if (httpVersionMajor !== 1)
    return new HttpRefusal(400, { code: "invalid-request", field: "version" });
  const field = findRepeated(rawHeaders);
  return field === undefined ? undefined : new HttpRefusal(400, { code: "invalid-request", field });
}

function findRepeated(rawHeaders: readonly string[]): string | undefined {
  let seen = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    const bit = lengths.has(name.length) ? singles.get(name.toLowerCase()) : undefined;
    if (bit === undefined) continue;
    if ((seen & bit) !== 0) return name;
    seen |= bit;
  }
  return undefined;
}

const statuses: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** The answer to what is not HTTP: there is no request to answer, so it is written as it goes on the wire. */
export function refuseClient(error: NodeJS.ErrnoException, socket: Socket): void {
  if (socket.destroyed || !socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const status = statuses[error.code ?? ""] ?? 400;
  const body = JSON.stringify(plain(status, { code: "invalid-request" }));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "content-type: application/problem+json; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
