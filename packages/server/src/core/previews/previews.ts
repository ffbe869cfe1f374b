/** Previews as a reader wants them: at once when they are there, soon when they can be made. */
import type { Clock } from "../clock.ts";
import type { Derived, DerivedKey, DerivedStore } from "./derived-store.ts";

export interface Previews {
  /** Has it made where it is not there, and waits for that so long; undefined: it is not there yet. */
  get(key: DerivedKey, options: { waitMs: number }): Promise<Derived | undefined>;
  /** Has them made when there is time, as far as there is room to wait. */
  warm(keys: DerivedKey[]): Promise<void>;
  /** A job has ended: who waits looks again. */
  settled(key: DerivedKey): void;
}

/** Jobs that may wait. Beyond, a reader is told to ask again, and what nobody asked for is not made. */
const maxWaiting = 2_000;
const maxWarmWaiting = 500;

export function createPreviews({
  derived,
  clock,
  wake,
}: {
  derived: DerivedStore;
  clock: Clock;
  /** There may be something to do. */
  wake: () => void;
}): Previews {
  const waiting = new Map<string, Set<() => void>>();

  const wait = (key: DerivedKey, ms: number) => {
    const word = wordOf(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    const others = waiting.get(word) ?? new Set();
    waiting.set(word, others.add(resolve));
    const timer = setTimeout(resolve, ms);
    return {
      promise,
      end() {
        clearTimeout(timer);
        others.delete(resolve);
        if (others.size === 0 && waiting.get(word) === others) waiting.delete(word);
      },
    };
  };

  return {
    async get(key, { waitMs }) {
      const found = await derived.find(key);
      if (found) return found;
      // Before the job is enqueued, which may be done before that is known here.
      const made = wait(key, waitMs);
      try {
        const taken = await derived.request({ keys: [key], maxWaiting, now: clock.now() });
        if (taken === 0) return undefined;
        wake();
        await made.promise;
      } finally {
        made.end();
      }
      return derived.find(key);
    },
    async warm(keys) {
      const taken = await derived.request({ keys, maxWaiting: maxWarmWaiting, now: clock.now() });
      if (taken > 0) wake();
    },
    settled(key) {
      for (const look of waiting.get(wordOf(key)) ?? []) look();
    },
  };
}

const wordOf = ({ blobId, kind }: DerivedKey): string => `${blobId} ${kind}`;
