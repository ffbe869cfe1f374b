/**
 * Tells readers that there is something to read. A wake-up says no more than that: the reader asks the log for what comes after
 * the seq that it has, so wake-ups may be merged, repeated or (with several nodes) come from a poll or a broker.
 */
import { createListeners } from "./listeners.ts";

export interface EventFeed {
  /** `wake` is called after commits that recorded events of the account. It must not throw. Returns how to end it. */
  subscribe(accountId: string, wake: () => void): () => void;
}

/** The feed of one process, and the writer's end of it: `wake` follows each commit. */
export interface LocalEventFeed extends EventFeed {
  wake(accountIds: readonly string[]): void;
}

export function createEventFeed(): LocalEventFeed {
  const listeners = createListeners<void>();
  return {
    subscribe: (accountId, wake) => listeners.add(accountId, wake),
    wake(accountIds) {
      for (const id of accountIds) listeners.tell(id);
    },
  };
}
