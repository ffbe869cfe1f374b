/** Refusals as JSON: `{"error": text, "code": stable, …facts}`. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { drainRefused } from "../shared/exchange.ts";
import { logFailure } from "../shared/problem.ts";
import { answerRefusal } from "../shared/refusal-answer.ts";

export async function handleTaskError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { status, code, message, facts, retryAfterSeconds } = answerRefusal(error);
  logFailure(request, { error, status });
  await drainRefused(request.raw);
  if (retryAfterSeconds !== undefined) reply.header("retry-after", retryAfterSeconds);
  if (status === 401) reply.header("www-authenticate", 'Bearer realm="sampan"');
  return reply
    .code(status)
    .headers({ "content-type": "application/json; charset=utf-8", "cache-control": "no-store" })
    .send(JSON.stringify({ error: message, code, ...facts }));
}
