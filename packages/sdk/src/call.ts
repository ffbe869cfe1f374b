import { errorFromProblem, SampanError } from "./errors.ts";
import {
  createFetchTransport,
  readText,
  type RequestBody,
  type Transport,
  type TransportRequest,
} from "./transport.ts";

export interface CallOptions {
  signal?: AbortSignal | undefined;
}

export interface CallRequest extends CallOptions {
  method: string;
  /** Below `/api/v1`, beginning with `/`, already percent-encoded. */
  path: string;
  query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  headers?: Readonly<Record<string, string | undefined>>;
  json?: unknown;
  body?: RequestBody;
  onBodySent?: TransportRequest["onBodySent"];
}

/** One authenticated request; every answer outside 2xx is thrown as a `SampanError`. */
export interface Call {
  (request: CallRequest): Promise<Response>;
}

export interface Connection {
  /** Where the server is, for example `http://127.0.0.1:18101`; a path prefix is kept. */
  url: string;
  /** The bearer token, or a function that is asked before each request. */
  token?: string | (() => string | Promise<string>);
  transport?: Transport;
}

export function createCall(connection: Connection): Call {
  const base = `${connection.url.replace(/\/+$/, "")}/api/v1`;
  const transport = connection.transport ?? createFetchTransport();
  return async (request) => {
    const { signal } = request;
    const token =
      typeof connection.token === "function" ? await connection.token() : connection.token;
    const body = request.json === undefined ? request.body : jsonBody(request.json);
    const response = await transport({
      method: request.method,
      url: `${base}${request.path}${formatQuery(request.query)}`,
      headers: definedHeaders({
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(request.json === undefined ? {} : { "Content-Type": "application/json" }),
        ...request.headers,
      }),
      body,
      signal,
      onBodySent: request.onBodySent,
    });
    if (response.ok) return response;
    throw await errorFromResponse(response, signal);
  };
}

/** Performs a call whose answer is JSON. */
export async function callJson<Result>(call: Call, request: CallRequest): Promise<Result> {
  const response = await call(request);
  return (await parseJson(response, request.signal)) as Result;
}

/** Performs a call whose answer has no body worth reading, and frees its connection. */
export async function callEmpty(call: Call, request: CallRequest): Promise<Response> {
  const response = await call(request);
  await readText(response, request.signal);
  return response;
}

export async function parseJson(response: Response, signal?: AbortSignal): Promise<unknown> {
  const text = await readText(response, signal);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SampanError(
      `The server answered ${response.status} with something that is not JSON`,
      {
        code: "unexpected-response",
        status: response.status,
        cause,
      },
    );
  }
}

async function errorFromResponse(response: Response, signal?: AbortSignal): Promise<SampanError> {
  const body = await readText(response, signal);
  // An answer to HEAD has no body.
  const text = body === "" ? (response.headers.get("sampan-problem") ?? "") : body;
  const retryAfterMs = parseRetryAfter(response.headers.get("retry-after"));
  return errorFromProblem(parseProblem(text), { status: response.status, retryAfterMs });
}

/** A proxy's HTML error page is not a problem description; its status still counts. */
function parseProblem(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** RFC 9110 §10.2.3: seconds or a date. Anything else is treated as absent. */
export function parseRetryAfter(header: string | null, nowMs = Date.now()): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}

export function formatQuery(query: CallRequest["query"]): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

function definedHeaders(headers: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function jsonBody(value: unknown): RequestBody {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return { byteLength: bytes.byteLength, content: [bytes] };
}
