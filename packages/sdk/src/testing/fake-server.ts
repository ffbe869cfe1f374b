/**
 * A small in-memory server of the native API for tests that need faults at exact places. It keeps
 * the contract's meaning (digests, conflicts, states, ranges) and none of its durability.
 */
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { formatDigestHeader } from "../digest.ts";
import type { Check, InstantScope, ServerLimits } from "../wire.ts";
import { createFakeFaults, type FakeFault, type FakeFaults } from "./fake-faults.ts";
import { createFakeFiles, sha256, type FakeFiles } from "./fake-files.ts";
import { FakeProblem } from "./fake-problem.ts";
import { route, type Answer, type Asked, type FakeState } from "./fake-routes.ts";
import { createFakeUploads, type FakeUploads } from "./fake-uploads.ts";

export interface FakeServer extends AsyncDisposable {
  readonly url: string;
  readonly files: FakeFiles;
  readonly uploads: FakeUploads;
  readonly faults: FakeFaults;
  /** Add to it what a check shall find. */
  readonly problems: Check["problems"];
  /** Every request so far: `PUT /uploads/…/parts/3 8192`, the number being body bytes. */
  readonly log: readonly string[];
  /** Stops listening and cuts every connection; the state stays. */
  stop(): Promise<void>;
  /** Listens again, on the same port. */
  start(): Promise<void>;
}

export const FAKE_TOKEN = "fake-token";

export interface FakeOptions extends Partial<ServerLimits> {
  /** Default `off`, so that a test which counts requests sees only what it is about. */
  instant?: InstantScope;
}

export async function startFakeServer({
  instant = "off",
  ...options
}: FakeOptions = {}): Promise<FakeServer> {
  const limits: ServerLimits = {
    maxFileBytes: 2 ** 40,
    maxPartBytes: 2 ** 30,
    maxParts: 100_000,
    defaultPartBytes: 64 * 1024,
    maxBatchFiles: 1_000,
    maxBatchBytes: 32 * 1024 ** 2,
    maxBatchFileBytes: 1024,
    ...options,
  };
  const files = createFakeFiles();
  const uploads = createFakeUploads(files, { partSize: limits.defaultPartBytes });
  const faults = createFakeFaults();
  const log: string[] = [];
  const state: FakeState = {
    files,
    uploads,
    limits,
    instant,
    problems: [],
    checksAsked: 0,
    token: FAKE_TOKEN,
  };
  let server = http.createServer(serve);
  let port = 0;

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", "http://fake");
    const path = url.pathname.replace(/^\/api\/v1/, "");
    const method = request.method ?? "GET";
    const fault = faults.next(`${method} ${path}`);
    void readBody(request, fault).then((body) => {
      log.push(`${method} ${path} ${body.length}`);
      const asked = { method, path, query: url.searchParams, headers: request.headers, body };
      const isCut = !request.complete || fault?.kind === "cut-request";
      if (isCut && method !== "PATCH") {
        request.socket.destroy();
        return;
      }
      const answer = answerTo(asked, { state, fault });
      if (isCut) request.socket.destroy();
      else send(response, answer, fault);
    });
  }

  async function start(): Promise<void> {
    server = http.createServer(serve);
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  }
  async function stop(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  await start();
  const url = `http://127.0.0.1:${port}`;
  const { problems } = state;
  return { url, files, uploads, faults, problems, log, start, stop, [Symbol.asyncDispose]: stop };
}

/** Resolves also when the connection is cut, with what arrived. */
function readBody(request: IncomingMessage, fault: FakeFault | null): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      const room = fault?.kind === "cut-request" ? fault.afterBytes - bytes : chunk.length;
      chunks.push(chunk.subarray(0, room));
      bytes += chunk.length;
      if (fault?.kind === "cut-request" && bytes >= fault.afterBytes) request.destroy();
    });
    request.on("close", () => resolve(Buffer.concat(chunks)));
    request.on("end", () => resolve(Buffer.concat(chunks)));
    // A cut connection is the point of some tests; `close` follows.
    request.on("error", () => undefined);
  });
}

interface Serving {
  state: FakeState;
  fault: FakeFault | null;
}

function answerTo(asked: Asked, { state, fault }: Serving): Answer {
  try {
    if (fault?.kind === "before") fault.act();
    if (fault?.kind === "refuse") {
      const { status, code, retryAfter } = fault;
      const headers = retryAfter === undefined ? {} : { "Retry-After": retryAfter };
      return { status, headers, body: { code, title: code, status } };
    }
    if (asked.headers.authorization !== `Bearer ${state.token}`) {
      throw new FakeProblem(401, "unauthenticated");
    }
    checkContentDigest(asked);
    return route(asked, state);
  } catch (error) {
    if (!(error instanceof FakeProblem)) throw error;
    const { status, code, facts } = error;
    return { status, body: { type: `/problems/${code}`, title: code, status, code, ...facts } };
  }
}

function checkContentDigest({ headers, body }: Asked): void {
  const claimed = headers["content-digest"];
  const actual = formatDigestHeader(sha256(body));
  if (claimed !== undefined && claimed !== actual) {
    throw new FakeProblem(422, "digest-mismatch", { expected: claimed, actual });
  }
}

function send(response: ServerResponse, answer: Answer, fault: FakeFault | null): void {
  if (fault?.kind === "lose-answer") {
    response.destroy();
    return;
  }
  const isBytes = Buffer.isBuffer(answer.body);
  const body = Buffer.isBuffer(answer.body)
    ? answer.body
    : Buffer.from(answer.body === undefined ? "" : JSON.stringify(answer.body));
  response.writeHead(answer.status, {
    "Content-Type": isBytes ? "application/octet-stream" : "application/json",
    ...(answer.status === 204 ? {} : { "Content-Length": body.length }),
    ...answer.headers,
  });
  if (fault?.kind === "cut-answer") {
    response.write(body.subarray(0, fault.afterBytes), () => response.destroy());
  } else if (response.req.method === "HEAD" || answer.status === 204) response.end();
  else response.end(body);
}
