/**
 * A small in-memory server of the native API for tests that need faults at exact places. It keeps
 * the contract's meaning (digests, conflicts, states, ranges) and none of its durability.
 */
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { formatDigestHeader } from "../digest.ts";
import { isRecord } from "../errors.ts";
import type { CreateUpload, Digests, OnConflict, ServerLimits } from "../wire.ts";
import { createFakeFaults, type FakeFault, type FakeFaults } from "./fake-faults.ts";
import { createFakeFiles, sha256, type FakeFile, type FakeFiles } from "./fake-files.ts";
import { FakeProblem } from "./fake-problem.ts";
import { createFakeUploads, type FakeUploads } from "./fake-uploads.ts";

export interface FakeServer extends AsyncDisposable {
  readonly url: string;
  readonly files: FakeFiles;
  readonly uploads: FakeUploads;
  readonly faults: FakeFaults;
  /** Every request so far: `PUT /uploads/…/parts/3 8192`, the number being body bytes. */
  readonly log: readonly string[];
  /** Stops listening and cuts every connection; the state stays. */
  stop(): Promise<void>;
  /** Listens again, on the same port. */
  start(): Promise<void>;
}

export const FAKE_TOKEN = "fake-token";

interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

interface Answer {
  status: number;
  headers?: Record<string, string | number>;
  body?: Buffer | object;
}

export async function startFakeServer(options: Partial<ServerLimits> = {}): Promise<FakeServer> {
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
  const state = { files, uploads, limits };
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
      const isCut = request.readableAborted || request.destroyed;
      if (isCut && method !== "PATCH") return;
      const answer = answerTo(asked, { state, fault });
      if (!isCut) send(response, answer, fault);
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
  return { url, files, uploads, faults, log, start, stop, [Symbol.asyncDispose]: stop };
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
  state: { files: FakeFiles; uploads: FakeUploads; limits: ServerLimits };
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
    if (asked.headers.authorization !== `Bearer ${FAKE_TOKEN}`) {
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

function route(asked: Asked, { files, uploads, limits }: Serving["state"]): Answer {
  const [, kind, id = "", action, number] = asked.path.split("/");
  const at = `${asked.method} ${[kind, id && "*", action, number && "*"].filter(Boolean).join("/")}`;
  switch (at) {
    case "GET server": {
      const account = { quotaBytes: null, usedBytes: 0, reservedBytes: 0 };
      return { status: 200, body: { version: "fake", limits, durability: "relaxed", account } };
    }
    case "POST uploads": {
      const { upload, isResumed } = uploads.create(parseBody(asked) as unknown as CreateUpload);
      return { status: isResumed ? 200 : 201, body: upload };
    }
    case "GET uploads":
      return { status: 200, body: { items: uploads.all, nextCursor: null } };
    case "GET uploads/*":
      return { status: 200, body: uploads.show(id) };
    case "PUT uploads/*/parts/*": {
      const part = { number: Number(number), bytes: asked.body };
      return { status: 200, body: uploads.putPart(id, part) };
    }
    case "PATCH uploads/*": {
      const append = { offset: Number(asked.headers["upload-offset"]), bytes: asked.body };
      return { status: 204, headers: { "Upload-Offset": uploads.append(id, append) } };
    }
    case "POST uploads/*/complete":
      return { status: 200, body: uploads.complete(id, parseBody(asked)["digests"] as Digests) };
    case "POST uploads/*/pause":
      return { status: 200, body: uploads.setState(id, "paused") };
    case "POST uploads/*/resume":
      return { status: 200, body: uploads.setState(id, "receiving") };
    case "DELETE uploads/*/parts":
      return { status: 200, body: uploads.forgetParts(id) };
    case "DELETE uploads/*":
      uploads.setState(id, "aborted");
      return { status: 204 };
    case "POST files/*":
      return { status: 200, body: { results: storeBatch(asked, files) } };
    case "GET files":
      return { status: 200, body: listFiles(asked, files) };
    case "GET files/*":
      return { status: 200, body: showFile(files.get(id)) };
    case "DELETE files/*":
      files.remove(id);
      return { status: 204 };
    case "GET files/*/content":
    case "HEAD files/*/content":
      return content(asked, files.get(id));
    default:
      throw new FakeProblem(404, "not-found", { at });
  }
}

function parseBody({ body }: Asked): Record<string, unknown> {
  const value: unknown = JSON.parse(body.length === 0 ? "{}" : body.toString());
  if (isRecord(value)) return value;
  throw new FakeProblem(400, "invalid-request");
}

function storeBatch({ body, query }: Asked, files: FakeFiles): object[] {
  const onConflict = (query.get("onConflict") ?? "fail") as OnConflict;
  const results: object[] = [];
  for (let at = 0; at < body.length; ) {
    const lineEnd = body.indexOf("\n", at);
    const header = JSON.parse(body.toString("utf8", at, lineEnd)) as { name: string; size: number };
    const bytes = body.subarray(lineEnd + 1, lineEnd + 1 + header.size);
    at = lineEnd + 1 + header.size;
    try {
      const file = files.put(header.name, { bytes, onConflict });
      results.push({ status: 201, file: showFile(file) });
    } catch (error) {
      if (!(error instanceof FakeProblem)) throw error;
      results.push({ status: error.status, problem: { code: error.code, title: error.code } });
    }
  }
  return results;
}

function listFiles({ query }: Asked, files: FakeFiles): object {
  const name = query.get("name");
  const prefix = query.get("prefix") ?? "";
  const wanted = files.all.filter((file) =>
    name === null ? file.name.startsWith(prefix) : file.name === name,
  );
  const from = Number(query.get("cursor") ?? 0);
  const limit = Number(query.get("limit") ?? 100);
  const isLast = from + limit >= wanted.length;
  const items = wanted.slice(from, from + limit).map(showFile);
  return { items, nextCursor: isLast ? null : String(from + limit) };
}

function showFile({ bytes: _bytes, ...file }: FakeFile): object {
  return file;
}

function content({ headers }: Asked, file: FakeFile): Answer {
  const etag = `"${file.digests.sha256}"`;
  const common = {
    ETag: etag,
    "Accept-Ranges": "bytes",
    "Repr-Digest": formatDigestHeader(file.digests.sha256 ?? ""),
  };
  const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "");
  const isCurrent = headers["if-range"] === undefined || headers["if-range"] === etag;
  if (range === null || !isCurrent) return { status: 200, headers: common, body: file.bytes };
  const first = Number(range[1]);
  const last = Math.min(Number(range[2]), file.size - 1);
  const contentRange = `bytes ${first}-${last}/${file.size}`;
  const bytes = file.bytes.subarray(first, last + 1);
  return { status: 206, headers: { ...common, "Content-Range": contentRange }, body: bytes };
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
