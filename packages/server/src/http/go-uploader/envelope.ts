/**
 * `{"code": 0, "message": "ok", "data": …}`. A refusal has its own stable number, a category, whether trying the same again can help, the
 * stable name and the facts in `data`, and the fitting status.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { ErrorCode } from "../../core/errors.ts";
import { drainRefused } from "../shared/exchange.ts";
import { numberOf } from "../shared/numeric-codes.ts";
import { logFailure } from "../shared/problem.ts";
import { answerRefusal, type RefusalAnswer } from "../shared/refusal-answer.ts";

export type Category =
  | "validation"
  | "integrity"
  | "conflict"
  | "capacity"
  | "auth"
  | "transient"
  | "internal";

const categories: Partial<Record<ErrorCode | "too-many-requests", Category>> = {
  "digest-mismatch": "integrity",
  "name-taken": "conflict",
  "upload-paused": "conflict",
  "upload-complete": "conflict",
  "upload-aborted": "conflict",
  "upload-expired": "conflict",
  "upload-failed": "conflict",
  "upload-incomplete": "conflict",
  "offset-mismatch": "conflict",
  "part-conflict": "conflict",
  "quota-exceeded": "capacity",
  "disk-full": "capacity",
  "too-many-uploads": "capacity",
  "too-many-requests": "capacity",
  unauthenticated: "auth",
  superseded: "transient",
  "body-cut": "transient",
  "body-too-slow": "transient",
  "writes-stopped": "transient",
};

/** The same request may well succeed later; a digest that did not hold may have been damaged on its way. */
const retryableCodes = new Set([
  "digest-mismatch",
  "too-many-requests",
  "too-many-uploads",
  "internal",
]);

export function succeed<T>(data: T): { code: 0; message: "ok"; data: T } {
  return { code: 0, message: "ok", data };
}

export interface Refusal {
  readonly code: number;
  readonly message: string;
  readonly category: Category;
  readonly retryable: boolean;
  readonly data: object;
}

export function formatRefusal({ status, code, message, facts }: RefusalAnswer): Refusal {
  const category =
    categories[code as ErrorCode] ?? (status >= 500 ? "internal" : ("validation" as const));
  const retryable = category === "transient" || retryableCodes.has(code);
  return { code: numberOf(code), message, category, retryable, data: { error: code, ...facts } };
}

export async function handleUploaderError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const answer = answerRefusal(error);
  const { status, retryAfterSeconds } = answer;
  logFailure(request, { error, status });
  await drainRefused(request.raw);
  if (retryAfterSeconds !== undefined) reply.header("retry-after", retryAfterSeconds);
  if (status === 401) reply.header("www-authenticate", 'Bearer realm="sampan"');
  return reply
    .code(status)
    .headers({ "content-type": "application/json; charset=utf-8", "cache-control": "no-store" })
    .send(JSON.stringify(formatRefusal(answer)));
}
