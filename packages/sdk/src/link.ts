/**
 * What the engine believes about the network, shared by everything that moves bytes through it.
 *
 * Two numbers follow the measurements:
 * - `concurrency` (1..8): one more request at a time while that still raises the total rate by
 *   5 %, half as many after a failure (once for all the requests that were under way together).
 * - `requestBytes`: what one request moves in about 1.5 s; it at most quadruples from one
 *   acknowledged request to the next, and halves with a failure.
 */
import { systemClock, type Clock } from "./clock.ts";

const TARGET_REQUEST_MS = 1_500;
const MAX_GROWTH = 4;
const WORTHWHILE_GAIN = 1.05;
/** Rounds to stay put after a further request turned out to bring nothing. */
const HOLD_ROUNDS = 8;
const MIN_REQUEST_BYTES = 64 * 1024;

export interface LinkOptions {
  initialConcurrency?: number | undefined;
  maxConcurrency?: number | undefined;
  /** The first request's size, before anything is measured. Default 4 MiB. */
  initialRequestBytes?: number | undefined;
  /** Default 256 MiB. */
  maxRequestBytes?: number | undefined;
  clock?: Clock | undefined;
}

export interface Link {
  readonly concurrency: number;
  readonly requestBytes: number;
  /** Waits for a free slot, in order of asking. */
  acquire(signal?: AbortSignal): Promise<Slot>;
}

/** The right to have one request under way. Hold it while backing off, so that others wait too. */
export interface Slot {
  /** Marks the beginning of an attempt. */
  begin(): void;
  succeed(bytes: number): void;
  fail(): void;
  release(): void;
}

export function createLink(options: LinkOptions = {}): Link {
  const { initialConcurrency = 2, maxConcurrency = 8, maxRequestBytes = 256 * 1024 ** 2 } = options;
  const { initialRequestBytes = 4 * 1024 ** 2, clock = systemClock } = options;
  const waiting: (() => void)[] = [];
  let active = 0;
  let concurrency = Math.min(initialConcurrency, maxConcurrency);
  let requestBytes = Math.min(initialRequestBytes, maxRequestBytes);
  let lastFailureAtMs = Number.NEGATIVE_INFINITY;
  let holdRounds = 0;
  let before: { concurrency: number; rate: number } | null = null;
  let round = { startedAtMs: clock.nowMs(), bytes: 0, requests: 0 };

  function wake(): void {
    while (active < concurrency && waiting.length > 0) {
      active += 1;
      waiting.shift()?.();
    }
  }

  function beginRound(): void {
    round = { startedAtMs: clock.nowMs(), bytes: 0, requests: 0 };
  }

  /** Additive increase, undone when the round after it was not faster. */
  function endRound(): void {
    const elapsedMs = Math.max(1, clock.nowMs() - round.startedAtMs);
    const rate = round.bytes / elapsedMs;
    const wasRaised = before !== null && concurrency > before.concurrency;
    if (before !== null && wasRaised && rate < before.rate * WORTHWHILE_GAIN) {
      concurrency = before.concurrency;
      before = null;
      holdRounds = HOLD_ROUNDS;
    } else if (holdRounds > 0) {
      holdRounds -= 1;
    } else if (concurrency < maxConcurrency) {
      before = { concurrency, rate };
      concurrency += 1;
    }
    beginRound();
    wake();
  }

  function noteSuccess(bytes: number, elapsedMs: number): void {
    const fitting = (bytes / Math.max(1, elapsedMs)) * TARGET_REQUEST_MS;
    const smoothed = requestBytes * 0.5 + fitting * 0.5;
    requestBytes = clamp(
      Math.min(smoothed, Math.max(bytes * MAX_GROWTH, requestBytes)),
      maxRequestBytes,
    );
    round.bytes += bytes;
    round.requests += 1;
    if (round.requests >= concurrency * 2) endRound();
  }

  function noteFailure(startedAtMs: number): void {
    if (startedAtMs < lastFailureAtMs) return;
    lastFailureAtMs = clock.nowMs();
    concurrency = Math.max(1, Math.floor(concurrency / 2));
    requestBytes = clamp(requestBytes / 2, maxRequestBytes);
    before = null;
    holdRounds = 0;
    beginRound();
  }

  function createSlot(): Slot {
    let startedAtMs = clock.nowMs();
    let isReleased = false;
    return {
      begin() {
        startedAtMs = clock.nowMs();
      },
      succeed: (bytes) => noteSuccess(bytes, clock.nowMs() - startedAtMs),
      fail: () => noteFailure(startedAtMs),
      release() {
        if (isReleased) return;
        isReleased = true;
        active -= 1;
        wake();
      },
    };
  }

  return {
    get concurrency() {
      return concurrency;
    },
    get requestBytes() {
      return requestBytes;
    },
    async acquire(signal) {
      signal?.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const stop = (): void => {
          waiting.splice(waiting.indexOf(admit), 1);
          reject(signal?.reason);
        };
        const admit = (): void => {
          signal?.removeEventListener("abort", stop);
          resolve();
        };
        signal?.addEventListener("abort", stop, { once: true });
        waiting.push(admit);
        wake();
      });
      return createSlot();
    },
  };
}

function clamp(bytes: number, maxBytes: number): number {
  return Math.floor(Math.min(maxBytes, Math.max(MIN_REQUEST_BYTES, bytes)));
}
