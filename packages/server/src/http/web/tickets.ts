/**
 * A ticket is `<id>.<kind of credential>.<its id>.<expiry in epoch ms>.<HMAC-SHA-256 of all>`: it opens one thing for a while, for whoever asked
 * for it with a session or token that still counts, and the server keeps nothing for it: with the same key, a ticket opens it after a restart as well.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Principal } from "../../core/accounts/principal.ts";
import type { Clock } from "../../core/clock.ts";

export interface Ticket {
  /** Of what it opens. */
  readonly id: string;
  /** By what it was asked for. */
  readonly via: Principal["via"];
}

export interface Tickets {
  issue(ticket: Ticket): string;
  /** Undefined when the ticket is expired or not one of ours. Whether its session or token still counts is the caller's to ask. */
  redeem(ticket: string): Ticket | undefined;
}

/** Long enough to go on after a pause in the browser's download list. */
const validMs = 60 * 60 * 1000;
const SHAPE =
  /^([A-Za-z0-9-]{1,64})\.(session|token)\.([A-Za-z0-9-]{1,64})\.(\d{1,16})\.([A-Za-z0-9_-]{43})$/;

export function createTickets({ clock, key }: { clock: Clock; key: Uint8Array }): Tickets {
  const sign = (text: string): Buffer => createHmac("sha256", key).update(text).digest();
  return {
    issue({ id, via }) {
      const by = via.kind === "session" ? via.sessionId : via.tokenId;
      const text = `${id}.${via.kind}.${by}.${clock.now() + validMs}`;
      return `${text}.${sign(text).toString("base64url")}`;
    },
    redeem(ticket) {
      const [, id = "", kind, by = "", expiry, mac = ""] = SHAPE.exec(ticket) ?? [];
      const own = sign(ticket.slice(0, -(mac.length + 1)));
      const isOurs = mac !== "" && timingSafeEqual(own, Buffer.from(mac, "base64url"));
      if (!isOurs || Number(expiry) <= clock.now()) return undefined;
      const via =
        kind === "session"
          ? ({ kind: "session", sessionId: by } as const)
          : ({ kind: "token", tokenId: by } as const);
      return { id, via };
    },
  };
}
