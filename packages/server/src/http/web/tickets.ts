/**
 * A ticket is `<id>.<expiry in epoch ms>.<HMAC-SHA-256 of both>`: it opens one thing for a while,
 * and the server keeps nothing for it. The key dies with the process, and all tickets with it.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../core/clock.ts";

export interface Tickets {
  issue(id: string): string;
  /** The id, or undefined when the ticket is expired or not one of ours. */
  redeem(ticket: string): string | undefined;
  /** Every ticket issued so far is dead. */
  revokeAll(): void;
}

/** Long enough to go on after a pause in the browser's download list. */
const validMs = 60 * 60 * 1000;
const SHAPE = /^([A-Za-z0-9_-]{1,128})\.(\d{1,16})\.([A-Za-z0-9_-]{43})$/;

export function createTickets(clock: Clock): Tickets {
  let key = randomBytes(32);
  const sign = (text: string): Buffer => createHmac("sha256", key).update(text).digest();
  return {
    issue(id) {
      const text = `${id}.${clock.now() + validMs}`;
      return `${text}.${sign(text).toString("base64url")}`;
    },
    redeem(ticket) {
      const [, id, expiry, mac] = SHAPE.exec(ticket) ?? [];
      if (id === undefined || expiry === undefined || mac === undefined) return undefined;
      const isOurs = timingSafeEqual(sign(`${id}.${expiry}`), Buffer.from(mac, "base64url"));
      return isOurs && Number(expiry) > clock.now() ? id : undefined;
    },
    revokeAll() {
      key = randomBytes(32);
    },
  };
}
