/**
 * How often somebody may guess. Each failure costs one of a bucket that fills up again with time; three buckets are asked: this
 * account from this address (small, so that a stranger elsewhere cannot lock anybody out), this account, and this address. In
 * memory: a restart forgives, and costs a guesser more time than it gives.
 */
import type { Clock } from "../clock.ts";
import { CoreError } from "../errors.ts";
import { networkOf } from "./network.ts";

export interface AttemptLimiter {
  /** Throws `too-many-attempts` while any bucket is empty. */
  assertAllowed(attempt: Attempt): void;
  recordFailure(attempt: Attempt): void;
  /** The right person got in: what they mistyped is forgiven. */
  forgive(attempt: Attempt): void;
}

export interface Attempt {
  /** What is guessed at: an account's login key, or the id of something with a password of its own. */
  readonly target: string;
  readonly address: string;
}

interface Bucket {
  readonly size: number;
  readonly refillMs: number;
}

const buckets = {
  pair: { size: 10, refillMs: 60_000 },
  target: { size: 100, refillMs: 30_000 },
  address: { size: 100, refillMs: 15_000 },
} satisfies Record<string, Bucket>;
type Kind = keyof typeof buckets;

/** Beyond this many, the longest untouched are forgotten: memory is bounded, whoever attacks. */
const maxRemembered = 20_000;

export function createAttemptLimiter(clock: Clock): AttemptLimiter {
  /** When the bucket will be full again; in order of last touch. */
  const fullAt = new Map<string, number>();

  const missing = (kind: Kind, key: string): number => {
    const full = fullAt.get(`${kind} ${key}`) ?? 0;
    return Math.max(0, full - clock.now()) / buckets[kind].refillMs;
  };
  const add = (kind: Kind, key: string): void => {
    const name = `${kind} ${key}`;
    const from = Math.max(clock.now(), fullAt.get(name) ?? 0);
    fullAt.delete(name);
    fullAt.set(name, from + buckets[kind].refillMs);
    if (fullAt.size <= maxRemembered) return;
    for (const oldest of fullAt.keys()) {
      fullAt.delete(oldest);
      break;
    }
  };
  return {
    assertAllowed(attempt) {
      for (const [kind, key] of keysOf(attempt)) {
        const { size, refillMs } = buckets[kind];
        const tooMany = missing(kind, key) - (size - 1);
        if (tooMany <= 0) continue;
        const retryAfterSeconds = Math.max(1, Math.ceil((tooMany * refillMs) / 1000));
        throw new CoreError("too-many-attempts", { retryAfterSeconds });
      }
    },
    recordFailure(attempt) {
      for (const [kind, key] of keysOf(attempt)) add(kind, key);
    },
    forgive(attempt) {
      for (const [kind, key] of keysOf(attempt))
        if (kind === "pair") fullAt.delete(`${kind} ${key}`);
    },
  };
}

function keysOf({ target, address }: Attempt): [Kind, string][] {
  const from = networkOf(address);
  return [
    ["pair", `${target} ${from}`],
    ["target", target],
    ["address", from],
  ];
}
