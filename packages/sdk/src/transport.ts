/**
 * How requests reach a server. The SDK speaks only through a `Transport`, so that browsers use
 * fetch (or XMLHttpRequest, for upload progress) and Node uses node:http.
 *
 * A transport promises: it rejects with the signal's reason after an abort, with the body's own
 * error when reading the body failed, and with `connection-lost` for every network failure. It
 * resolves when the headers are there, also when the server answered before it read the body.
 */
import { connectionLost } from "./errors.ts";

export type BodyChunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export interface RequestBody {
  /** Exactly how many bytes `content` yields. */
  readonly byteLength: number;
  readonly content: Blob | BodyChunks;
}

export interface TransportRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of further body bytes that left, where the transport can tell. */
  readonly onBodySent?: ((bytes: number) => void) | undefined;
}

export type Transport = (request: TransportRequest) => Promise<Response>;

/** The transport that works everywhere. Blobs go as they are; chunk lists become a Blob. */
export function createFetchTransport(fetchImpl: typeof fetch = fetch): Transport {
  return async (request) => {
    const body = request.body === undefined ? null : await toBlob(request.body);
    try {
      const response = await fetchImpl(request.url, {
        method: request.method,
        headers: { ...request.headers },
        body,
        // Content may lie on a host of its own, whose address is all that it asks for.
        redirect: request.method === "GET" ? "follow" : "error",
        signal: request.signal ?? null,
      });
      if (request.body !== undefined) request.onBodySent?.(request.body.byteLength);
      return response;
    } catch (error) {
      request.signal?.throwIfAborted();
      throw connectionLost(error);
    }
  };
}

/** Copies chunk lists into memory: they are bounded batches in browsers, where sources are Blobs. */
export async function toBlob(body: RequestBody): Promise<Blob> {
  if (body.content instanceof Blob) return body.content;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of body.content) parts.push(new Uint8Array(chunk));
  return new Blob(parts);
}

/** Yields a response's bytes; a cut is `connection-lost`, a stop is the signal's reason. */
export async function* readChunks(
  response: Response,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  let finished = false;
  try {
    for (;;) {
      const { done, value } = await readOrLost(reader, signal);
      if (done) break;
      yield value;
    }
    finished = true;
  } finally {
    if (!finished) await discard(reader);
    reader.releaseLock();
  }
}

async function readOrLost(reader: ReadableStreamDefaultReader<Uint8Array>, signal?: AbortSignal) {
  try {
    return await reader.read();
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionLost(error);
  }
}

/** Cancelling a stream that already broke rejects with the same failure; that one is known. */
async function discard(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  await reader.cancel().then(undefined, () => undefined);
}

export async function readText(response: Response, signal?: AbortSignal): Promise<string> {
  try {
    return await response.text();
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionLost(error);
  }
}
