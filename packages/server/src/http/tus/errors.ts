/**
 * Refusals as tus clients know them: a status, and `text/plain` whose first line is `code: what it means`, followed by the
 * facts, one a line. Codes are those of the native API, so one manual serves both.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { isCoreError, type ErrorCode } from "../../core/errors.ts";
import { drainRefused } from "../shared/exchange.ts";
import { HttpRefusal } from "../shared/http-refusal.ts";
import { logFailure } from "../shared/problem.ts";
import { refusals, retryAfter } from "../shared/status.ts";
import { tusVersion } from "./protocol.ts";

/** A refusal that only this protocol has. */
export class TusRefusal extends Error {
  override readonly name = "TusRefusal";
  readonly status: number;
  readonly code: string;

  constructor(status: number, { code, message }: { code: string; message: string }) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * Where tus words a refusal differently. 423 is for "not now": stock clients ask for the offset again after 409 and 423, and give up
 * on any other 4xx; 409 stays what the protocol makes of it, a wrong offset.
 */
const statuses: Partial<Record<ErrorCode, number>> = {
  "digest-mismatch": 460,
  superseded: 423,
  "upload-paused": 423,
};

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly facts?: object;
}

export function answerOf(error: unknown): Answer {
  if (error instanceof TusRefusal) return error;
  if (isCoreError(error)) {
    const { code, facts } = error;
    return {
      status: statuses[code] ?? refusals[code].status,
      code,
      message: refusals[code].title,
      facts,
    };
  }
  if (error instanceof HttpRefusal) {
    const { statusCode: status, code, message, facts } = error;
    return { status, code, message, facts };
  }
  const { statusCode, message } = error as { statusCode?: unknown; message?: unknown };
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500) {
    return { status: statusCode, code: "invalid-request", message: String(message) };
  }
  return { status: 500, code: "internal", message: "The failure has been logged" };
}

export async function handleTusError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { status, code, message, facts = {} } = answerOf(error);
  logFailure(request, { error, status });
  await drainRefused(request.raw);
  const seconds = retryAfter(status);
  if (seconds !== undefined) reply.header("retry-after", seconds);
  if (status === 401) reply.header("www-authenticate", 'Bearer realm="sampan"');
  if (status === 412) reply.header("tus-version", tusVersion);
  // JSON keeps a fact on its line, whatever a client put into it.
  const lines = Object.entries(facts).map(([name, fact]) => `${name}: ${JSON.stringify(fact)}`);
  return reply
    .code(status)
    .headers({ "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" })
    .send([`${code}: ${message}`, ...lines, ""].join("\n"));
}
