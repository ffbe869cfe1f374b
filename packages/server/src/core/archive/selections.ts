/**
 * What someone chose to have as one archive, where it is too long for an address. Kept for a day after it was last asked for, through restarts:
 * a download that was cut goes on under its address. The archive itself is not kept; it is made from the files as they are.
 */
import type { Clock } from "../clock.ts";
import { newId } from "../ids.ts";
import type { KeptSelection, Selection, SelectionStore } from "./selection-store.ts";

export interface Selections {
  keep(selection: Selection): Promise<{ id: string; expiresAt: number }>;
  /** Undefined when there is none, or no longer. */
  find(id: string): Promise<Selection | undefined>;
  /** Removes some of what has expired; how many. */
  purge(): Promise<number>;
}

const hourMs = 3_600_000;
const keptMs = 24 * hourMs;
/** It is kept so much longer than promised, so that not every range that is asked for is a write. */
const slackMs = 12 * hourMs;
/** Of one account; some 4 MiB. */
const maxKept = 1_000;
const maxKeptIds = 100_000;
const purgeLimit = 100;

export function createSelections({
  store,
  clock,
  onError,
}: {
  store: SelectionStore;
  clock: Clock;
  /** It could not be noted that one was asked for: it is served all the same. */
  onError: (error: unknown) => void;
}): Selections {
  const extend = async ({ id, expiresAt }: KeptSelection): Promise<void> => {
    const now = clock.now();
    if (expiresAt >= now + keptMs) return;
    await store.extend({ id, expiresAt: now + keptMs + slackMs }).catch(onError);
  };
  return {
    async keep(selection) {
      const id = newId(clock.now());
      const expiresAt = clock.now() + keptMs + slackMs;
      const kept = { ...selection, id, expiresAt };
      await store.keep({ selection: kept, max: maxKept, maxIds: maxKeptIds });
      return { id, expiresAt };
    },
    async find(id) {
      const selection = await store.find(id);
      if (!selection || selection.expiresAt <= clock.now()) return undefined;
      await extend(selection);
      return selection;
    },
    purge: () => store.purge({ now: clock.now(), limit: purgeLimit }),
  };
}
