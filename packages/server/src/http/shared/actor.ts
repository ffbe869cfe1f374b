import type { FastifyRequest } from "fastify";
import type { Actor } from "../../core/events.ts";
import { clientAddress } from "./client-address.ts";

/** Who asks, and from where, for the audit log. A visitor without an account has an address only. */
export function actorOf(request: FastifyRequest): Actor {
  return { accountId: request.account?.id ?? null, address: clientAddress(request) };
}
