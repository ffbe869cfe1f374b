/**
 * A browser transport that reports upload progress, which fetch cannot. Requests with a body go
 * through XMLHttpRequest; all others through fetch, so that downloads stream.
 */
import { connectionLost } from "../errors.ts";
import {
  createFetchTransport,
  toBlob,
  type RequestBody,
  type Transport,
  type TransportRequest,
} from "../transport.ts";

export interface XhrTransportOptions {
  /** Give a silent connection up after this long; it is then tried again. Default 60,000. */
  idleTimeoutMs?: number;
}

const BODILESS_STATUSES: ReadonlySet<number> = new Set([204, 205, 304]);

export function createXhrTransport(options: XhrTransportOptions = {}): Transport {
  const viaFetch = createFetchTransport();
  const { idleTimeoutMs = 60_000 } = options;
  return async (request) =>
    request.body === undefined
      ? await viaFetch(request)
      : await sendThroughXhr(request, { body: request.body, idleTimeoutMs });
}

async function sendThroughXhr(
  request: TransportRequest,
  { body, idleTimeoutMs }: { body: RequestBody; idleTimeoutMs: number },
): Promise<Response> {
  const blob = await toBlob(body);
  const { signal } = request;
  signal?.throwIfAborted();
  return await new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    let sent = 0;
    let watch: ReturnType<typeof setTimeout> | undefined;
    const abort = (): void => xhr.abort();
    const stillAlive = (): void => {
      clearTimeout(watch);
      watch = setTimeout(abort, idleTimeoutMs);
    };
    const noteSent = (bytes: number): void => {
      stillAlive();
      if (bytes > sent) request.onBodySent?.(bytes - sent);
      sent = Math.max(sent, bytes);
    };
    xhr.upload.onprogress = (event) => noteSent(Math.min(event.loaded, body.byteLength));
    xhr.upload.onload = () => noteSent(body.byteLength);
    xhr.onload = () => resolve(toResponse(xhr));
    xhr.onerror = () => reject(connectionLost(new Error("the request failed")));
    xhr.onabort = () => {
      const reason: unknown = signal?.reason;
      const isWanted = signal?.aborted === true;
      reject(isWanted ? reason : connectionLost(new Error("the other side fell silent")));
    };
    xhr.onloadend = () => {
      clearTimeout(watch);
      signal?.removeEventListener("abort", abort);
    };
    signal?.addEventListener("abort", abort, { once: true });
    xhr.open(request.method, request.url);
    xhr.responseType = "blob";
    for (const [name, value] of Object.entries(request.headers)) xhr.setRequestHeader(name, value);
    stillAlive();
    xhr.send(blob);
  });
}

function toResponse(xhr: XMLHttpRequest): Response {
  const headers = new Headers();
  for (const line of xhr.getAllResponseHeaders().trim().split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const body = BODILESS_STATUSES.has(xhr.status) ? null : (xhr.response as Blob);
  return new Response(body, { status: xhr.status, headers });
}
