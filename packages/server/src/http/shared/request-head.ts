/** What Node's parser lets pass, and what it refuses, of the head of a request. */
import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { HttpRefusal } from "./http-refusal.ts";
import { plain } from "./problem.ts";

const dotSegment = /^[^?]*\/\.\.?(\/|\?|$)/;

/**
 * The refusal of a head that we and something in front of us might read differently: two Host headers (RFC 9112 §3.2: 400), a version
 * without headers (400), or a target that is no plain path (absolute-form is for proxies, and we are none: 404).
 */
export function refuseHead(request: IncomingMessage): HttpRefusal | undefined {
  const { url = "", rawHeaders, httpVersionMajor } = request;
  if (!url.startsWith("/") || dotSegment.test(url))
    return new HttpRefusal(404, { code: "not-found" });
  if (httpVersionMajor !== 1)
    return new HttpRefusal(400, { code: "invalid-request", field: "version" });
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === "host") hosts++;
  return hosts > 1 ? new HttpRefusal(400, { code: "invalid-request", field: "Host" }) : undefined;
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
