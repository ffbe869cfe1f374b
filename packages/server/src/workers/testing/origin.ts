/** Somebody else's server, on this machine. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Origin extends AsyncDisposable {
  readonly port: number;
  /** What was asked for, in order. */
  readonly requests: IncomingMessage[];
  url(path: string): string;
  /** Replaces what it answers. */
  answer: (request: IncomingMessage, response: ServerResponse) => void;
}

export async function startOrigin(
  answer: Origin["answer"] = (_request, response) => void response.end(),
): Promise<Origin> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    response.on("error", () => undefined);
    origin.answer(request, response);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const origin: Origin = {
    port,
    requests,
    answer,
    url: (path) => `http://origin.test:${port}${path}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return origin;
}

/** `origin.test` is this machine, and may be connected to; nothing else is. */
export const localNetwork = {
  allows: (address: string) => address === "127.0.0.1",
  resolve: (hostname: string) => {
    if (hostname !== "origin.test")
      return Promise.reject(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }));
    return Promise.resolve([{ address: "127.0.0.1", family: 4 }]);
  },
};

/** Serves `content` with ranges, as a static file server does. */
export function serveFile(
  content: Buffer,
  { etag = '"v1"', headers = {} }: { etag?: string; headers?: Record<string, string> } = {},
): Origin["answer"] {
  return (request, response) => {
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
    const isCurrent = request.headers["if-range"] === etag;
    const start = range && isCurrent ? Number(range[1]) : 0;
    response.writeHead(start > 0 ? 206 : 200, {
      "content-length": content.length - start,
      etag,
      ...(start > 0
        ? { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` }
        : {}),
      ...headers,
    });
    response.end(content.subarray(start));
  };
}
