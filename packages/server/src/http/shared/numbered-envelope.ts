/** `{"code": 0, "msg": "OK", "data": …}`; refusals with their own number, the stable code and the facts in `data`, and the fitting status. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { below, type ErrorShape } from "./error-shapes.ts";
import { drainRefused } from "./exchange.ts";
import { numberOf } from "./numeric-codes.ts";
import { logFailure } from "./problem.ts";
import { answerRefusal } from "./refusal-answer.ts";

/** What the family's own pages take for "sign in again". */
const unauthenticatedNumber = 10005;

/** The drive API, the multipart API beside it, and netdisk. */
export const numberedErrors: ErrorShape = {
  owns: below("/user", "/file", "/netdisk"),
  handle: handleNumbered,
};

export function succeed(data: object | null): { code: 0; msg: "OK"; data: object | null } {
  return { code: 0, msg: "OK", data };
}

export async function handleNumbered(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { status, code, message, facts, retryAfterSeconds } = answerRefusal(error);
  logFailure(request, { error, status });
  await drainRefused(request.raw);
  if (retryAfterSeconds !== undefined) reply.header("retry-after", retryAfterSeconds);
  if (status === 401) reply.header("www-authenticate", 'Bearer realm="sampan"');
  const number = code === "unauthenticated" ? unauthenticatedNumber : numberOf(code);
  const body = { code: number, msg: message, data: { error: code, ...facts } };
  return reply
    .code(status)
    .headers({ "content-type": "application/json; charset=utf-8", "cache-control": "no-store" })
    .send(JSON.stringify(body));
}
