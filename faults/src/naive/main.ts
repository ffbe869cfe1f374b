import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { readBody } from "./body.ts";
import { readFlaw } from "./flaws.ts";
import { HttpError } from "./http-error.ts";
import { route, type NaiveAnswer } from "./routes.ts";
import { openStore } from "./store.ts";

/**
 * A deliberately simple server that speaks enough of the native API to be the harness's own test:
 * honest by default, and wrong in a chosen way with NAIVE_FLAW.
 */
const { env } = process;
const data = env["SAMPAN_DATA_DIR"] ?? "./data";
const flaw = readFlaw(env["NAIVE_FLAW"]);
const rate = {
  minBytesPerSecond: Number(env["SAMPAN_MIN_BYTES_PER_SECOND"] ?? 16),
  windowMs: Number(env["SAMPAN_MIN_RATE_WINDOW_MS"] ?? 60_000),
};
mkdirSync(data, { recursive: true });
const token = ownerToken(join(data, "owner.token"));
const store = openStore({
  data,
  store: env["SAMPAN_STORE_URL"]?.replace(/^file:/, "") ?? data,
  flaw,
});

const server = createServer((incoming, outgoing) => {
  void answer(incoming).then(
    (reply) => send(outgoing, reply),
    (error: unknown) => sendProblem(outgoing, error),
  );
});
server.requestTimeout = 0;
server.listen(Number(env["SAMPAN_PORT"] ?? 18101), "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  process.stdout.write(`Naive is listening on http://127.0.0.1:${port}\n`);
});
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(0));

async function answer(incoming: IncomingMessage): Promise<NaiveAnswer> {
  const url = new URL(incoming.url ?? "/", "http://127.0.0.1");
  const segments = url.pathname.split("/").filter(Boolean).slice(2);
  const isAllowed = incoming.headers.authorization === `Bearer ${token}`;
  if (!isAllowed && segments[0] !== "health") throw new HttpError(401, "unauthenticated");
  const { bytes, isWhole } = await readBody(incoming, rate);
  const declared = Number(incoming.headers["content-length"] ?? bytes.length);
  return route(store, {
    method: incoming.method ?? "GET",
    segments,
    query: url.searchParams,
    headers: incoming.headers,
    body: bytes,
    countedLength: flaw === "counts-declared" ? declared : bytes.length,
    isWhole,
  });
}

function send(outgoing: ServerResponse, reply: NaiveAnswer): void {
  const body = "bytes" in reply ? reply.bytes : Buffer.from(JSON.stringify(reply.json));
  const type = "bytes" in reply ? "application/octet-stream" : "application/json";
  outgoing.writeHead(reply.status, {
    "content-type": type,
    ...("headers" in reply ? reply.headers : {}),
    ...(reply.status === 204 ? {} : { "content-length": body.length }),
  });
  outgoing.end(reply.status === 204 ? undefined : body);
}

function sendProblem(outgoing: ServerResponse, error: unknown): void {
  const { status, code, facts } = asHttpError(error);
  if (status >= 500) process.stderr.write(`${String(error)}\n`);
  const problem = { type: `/problems/${code}`, title: code, status, code, ...facts };
  outgoing.writeHead(status, {
    "content-type": "application/problem+json",
    ...(status === 408 ? { connection: "close" } : {}),
  });
  outgoing.end(JSON.stringify(problem));
}

function asHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  const isFull = (error as NodeJS.ErrnoException).code === "ENOSPC";
  return isFull
    ? new HttpError(507, "insufficient-storage", { cause: error })
    : new HttpError(500, "internal", { cause: error });
}

function ownerToken(path: string): string {
  if (!existsSync(path))
    writeFileSync(path, randomBytes(24).toString("base64url"), { flush: true });
  return readFileSync(path, "utf8").trim();
}
