/** Errors as RFC 9457 problem documents. */
import { STATUS_CODES } from "node:http";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { isCoreError } from "../../core/errors.ts";
import { drainRefused } from "./exchange.ts";
import { HttpRefusal } from "./http-refusal.ts";
import { refusals, retryAfter } from "./status.ts";

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly [fact: string]: unknown;
}

/** The problem that an error means to a client. Faults of ours say nothing of their cause: the log does. */
export function problemOf(error: unknown): Problem {
  if (isCoreError(error)) {
    const { status, title } = refusals[error.code];
    return { type: `/problems/${error.code}`, title, status, code: error.code, ...error.facts };
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const [first] = error.validation;
    const field = first?.instancePath.replaceAll("/", ".").replace(/^\./, "") ?? "";
    return plain(400, { code: "invalid-request", detail: first?.message ?? error.message, field });
  }
  if (error instanceof HttpRefusal)
    return plain(error.statusCode, { code: error.code, ...error.facts });
  const { statusCode, message, code } = error as Partial<FastifyError>;
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    const known = code === "FST_ERR_CTP_BODY_TOO_LARGE" ? "body-too-long" : "invalid-request";
    return plain(statusCode, {
      code: known,
      ...(message === undefined ? {} : { detail: message }),
    });
  }
  return plain(500, { code: "internal", detail: "The failure has been logged" });
}

export function plain(status: number, facts: { code: string; [fact: string]: unknown }): Problem {
  return {
    type: `/problems/${facts.code}`,
    title: STATUS_CODES[status] ?? "Error",
    status,
    ...facts,
  };
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const own = problem["retryAfterSeconds"];
  const seconds = typeof own === "number" ? own : retryAfter(problem.status);
  if (seconds !== undefined) reply.header("retry-after", seconds);
  if (problem.status === 401) reply.header("www-authenticate", 'Bearer realm="sampan"');
  // The answer to HEAD has no body to say why.
  const { type, title, status, code } = problem;
  if (reply.request.method === "HEAD")
    reply.header("sampan-problem", JSON.stringify({ type, title, status, code }));
  return reply
    .code(problem.status)
    .header("content-type", "application/problem+json; charset=utf-8")
    .send(JSON.stringify(problem));
}

/** The error handler of every route that does not set its own. */
export async function handleError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const problem = problemOf(error);
  logFailure(request, { error, status: problem.status });
  await drainRefused(request.raw);
  return sendProblem(reply, problem);
}

/** 5xx are our faults and logged with their cause; refusals are the client's affair. */
export function logFailure(
  request: FastifyRequest,
  { error, status }: { error: unknown; status: number },
): void {
  if (status >= 500 && status !== 507)
    request.log.error({ err: error, requestId: request.id }, "request failed");
  else request.log.debug({ err: error }, "request refused");
}
