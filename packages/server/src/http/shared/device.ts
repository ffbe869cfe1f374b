import type { FastifyRequest } from "fastify";
import type { Device } from "../../core/accounts/session.ts";

/** What is kept of who signs in from where. */
export function deviceOf({ ip, headers }: FastifyRequest): Device {
  return { address: ip, userAgent: headers["user-agent"]?.slice(0, 255) ?? null };
}
