/**
 * Where a request comes from. That is the other end of its connection, unless `trustProxy` names that as a proxy of ours: then it is the last
 * address in `X-Forwarded-For` that is none of our proxies', and `X-Forwarded-Proto` says whether the browser came by TLS. What anybody else
 * writes into these headers counts for nothing. `X-Forwarded-Host` is never read: a proxy hands on the `Host`, or `publicUrl` says it.
 */
import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";

/** As it is kept, shown and counted; empty for a socket that has none. */
export function clientAddress({ ip, raw }: Pick<FastifyRequest, "ip" | "raw">): string {
  const address = plainAddress(ip ?? "");
  // A proxy that hands on what it was given, unread, is asked for its own address.
  return isIP(address) === 0 ? plainAddress(raw.socket.remoteAddress ?? "") : address;
}

/** Whether the browser speaks TLS, to us or to a proxy of ours. */
export function isByTls({ protocol }: Pick<FastifyRequest, "protocol">): boolean {
  return protocol === "https";
}

/** A dual-stack socket shows IPv4 clients as mapped addresses: one client, one spelling. */
function plainAddress(address: string): string {
  return /^::ffff:(?=[0-9.]+$)/i.test(address) ? address.slice("::ffff:".length) : address;
}
