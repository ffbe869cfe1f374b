/**
 * How many accounts may be made from one network where anybody may make one: each costs one of a hundred, and one comes back a minute. So a class
 * in one room gets in, and nobody fills the site with accounts, nor its processors with the hashing of their passwords. In memory.
 */
import type { Clock } from "../clock.ts";
import { CoreError } from "../errors.ts";
import { networkOf } from "./network.ts";

export interface Newcomers {
  /** Counts, whatever becomes of it. Throws `too-many-attempts`. */
  admit(address: string | null): void;
}

export const newcomersAtOnce = 100;
const refillMs = 60_000;
/** Beyond this many networks, the longest untouched are forgotten: memory is bounded, whoever comes. */
const maxRemembered = 20_000;

export function createNewcomers(clock: Clock): Newcomers {
  /** When all of a network's hundred are back; in order of last touch. */
  const fullAt = new Map<string, number>();
  return {
    admit(address) {
      const network = networkOf(address ?? "");
      const now = clock.now();
      const full = Math.max(now, fullAt.get(network) ?? 0) + refillMs;
      const tooEarlyMs = full - now - newcomersAtOnce * refillMs;
      if (tooEarlyMs > 0)
        throw new CoreError("too-many-attempts", {
          retryAfterSeconds: Math.ceil(tooEarlyMs / 1000),
        });
      fullAt.delete(network);
      fullAt.set(network, full);
      const [oldest] = fullAt.keys();
      if (fullAt.size > maxRemembered && oldest !== undefined) fullAt.delete(oldest);
    },
  };
}
