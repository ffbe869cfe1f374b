/** Cross-origin use from web pages. Credentials are never allowed: the bearer token is what a page must have and send itself. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { methods, requestHeaders, responseHeaders } from "./protocol.ts";

const preflightSeconds = 24 * 60 * 60;

export function setCors(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  allowedOrigins: readonly string[] | undefined,
): void {
  const { origin } = request.headers;
  reply.header("vary", "Origin");
  if (origin === undefined || allowedOrigins?.includes(origin) === false) return;
  reply.headers({
    "access-control-allow-origin": origin,
    "access-control-expose-headers": responseHeaders.join(", "),
  });
  if (request.method !== "OPTIONS") return;
  reply.headers({
    "access-control-allow-methods": methods.join(", "),
    "access-control-allow-headers": requestHeaders.join(", "),
    "access-control-max-age": preflightSeconds,
  });
}
