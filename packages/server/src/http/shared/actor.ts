import type { FastifyRequest } from "fastify";
import type { Actor } from "../../core/events.ts";

/** Who asks, and from where, for the audit log. A visitor without an account has an address only. */
export function actorOf(request: FastifyRequest): Actor {
  return { accountId: request.account?.id ?? null, address: plainAddress(request.ip) };
}

/** A dual-stack socket shows IPv4 clients as mapped addresses: one client, one spelling. */
function plainAddress(address: string): string {
  return address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
}
