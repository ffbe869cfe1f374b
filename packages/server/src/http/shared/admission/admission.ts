/** What a request of the other families' dialects must pass: its caller's rate, and for chunks the queue. */
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyRequest } from "fastify";
import type { Clock } from "../../../core/clock.ts";
import { networkOf } from "../../../core/accounts/network.ts";
import { accountOf } from "../authenticate.ts";
import { clientAddress } from "../client-address.ts";
import { createTokenBuckets, type RateOptions } from "./token-bucket.ts";
import { createWorkQueue, type QueueLimits, type WorkQueue } from "./work-queue.ts";

/** Answered with 429 and `Retry-After`. */
export class Busy extends Error {
  override readonly name = "Busy";
  readonly statusCode = 429;
  readonly retryAfterSeconds: number;

  constructor(reason: string, retryAfterSeconds: number) {
    super(reason);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export interface Admission {
  /** An `onRequest` hook: waits for its turn by the caller's address. */
  byAddress(request: FastifyRequest): Promise<void>;
  /** The same by user, once it is known who that is. */
  byUser(request: FastifyRequest): Promise<void>;
  /** Runs the work of a chunk when there is room for one more. */
  chunk<T>(request: FastifyRequest, work: () => Promise<T>): Promise<T>;
  readonly queue: Pick<WorkQueue, "running" | "waiting">;
}

/** Rates shape: a burst is delayed so long before anything is refused, because these clients send all parts at once. */
const maxWaitMs = 10_000;
const chunkRetrySeconds = 1;

export function createAdmission({
  rate,
  chunks,
  clock,
}: {
  rate: RateOptions;
  chunks: QueueLimits;
  clock: Clock;
}): Admission {
  const byUser = createTokenBuckets(rate, { clock, maxWaitMs });
  const byAddress = createTokenBuckets(rate, { clock, maxWaitMs });
  const queue = createWorkQueue(chunks);

  const pass = async (take: ReturnType<typeof createTokenBuckets>, caller: string) => {
    const { waitMs, isRefused } = take(caller);
    if (isRefused) throw new Busy("too many requests", Math.ceil((waitMs - maxWaitMs) / 1000) || 1);
    if (waitMs > 0) await sleep(waitMs);
  };

  return {
    queue,
    byAddress: (request) => pass(byAddress, networkOf(clientAddress(request))),
    byUser: (request) => pass(byUser, accountOf(request).id),
    async chunk(request, work) {
      const entered = queue.enter(accountOf(request).id);
      if (!entered) throw new Busy("too many chunks are waiting", chunkRetrySeconds);
      const leave = await entered;
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
