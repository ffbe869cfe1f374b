/** Requests as they are on the wire: any header, any method, bodies that stop half way. */
import { request as openHttp, type ClientRequest, type IncomingHttpHeaders } from "node:http";
import type { Target } from "./server.ts";

export interface Ask {
  readonly method: string;
  /** A path of the target, or a whole URL. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** null sends none. */
  readonly token?: string | null;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface OpenRequest {
  /** Resolves when the bytes have left this process. */
  write(bytes: Uint8Array): Promise<void>;
  end(bytes?: Uint8Array): void;
  /** With `expect: 100-continue`: resolves once the server reads the body. */
  readonly wanted: Promise<void>;
  /** Breaks the connection. */
  cut(): void;
  readonly answer: Promise<Answer>;
}

export function send(target: Target, ask: Ask): Promise<Answer> {
  const { body, headers = {} } = ask;
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const length = bytes ? { "content-length": String(bytes.length) } : {};
  const opened = open(target, { ...ask, headers: { ...length, ...headers } });
  opened.end(bytes);
  return opened.answer;
}

/** Without a content-length among the headers, what is written is sent chunked. */
export function open(target: Target, { method, path, headers = {}, token }: Ask): OpenRequest {
  const bearer = token === undefined ? target.token : token;
  const request = openHttp(new URL(path, target.url), {
    method,
    agent: false,
    headers: { ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }), ...headers },
  });
  const answer = readAnswer(request);
  // Whoever wants it awaits it; a request that is cut on purpose has none.
  answer.catch(() => undefined);
  if ("expect" in headers) request.flushHeaders();
  return {
    answer,
    wanted: new Promise((resolve) => request.once("continue", resolve)),
    write: (bytes) =>
      new Promise((resolve, reject) => {
        request.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    end: (bytes) => request.end(bytes),
    cut: () => request.destroy(),
  };
}

function readAnswer(request: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    request.on("response", (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () => {
        const body = Buffer.concat(pieces);
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, body, text: body.toString("utf8") });
      });
    });
  });
}
