import type { FastifyRequest } from "fastify";
import type { Device } from "../../core/accounts/session.ts";
import { clientAddress } from "./client-address.ts";

/** What is kept of who signs in from where. */
export function deviceOf(request: FastifyRequest): Device {
  const userAgent = request.headers["user-agent"]?.slice(0, 255) ?? null;
  return { address: clientAddress(request), userAgent };
}
