/**
 * What someone chose to have as one archive, where it is too long for an address. Kept in memory, for a day after it was last asked for: a
 * restart forgets it, and the client chooses again. The archive itself is not kept; it is made from the files as they are.
 */
import type { Clock } from "../clock.ts";
import { newId } from "../ids.ts";
import type { Chosen } from "./node-source.ts";

export interface Selection extends Chosen {
  readonly name: string;
}

export interface Selections {
  keep(selection: Selection): { id: string; expiresAt: number };
  /** Undefined when there is none, or no longer. */
  find(id: string): Selection | undefined;
}

const keptMs = 24 * 3600 * 1000;
/** Of all selections together: some 30 MiB. The oldest make room. */
const maxKeptIds = 500_000;

/** One of nothing would be kept for nothing, without end. */
const weightOf = ({ ids }: Selection): number => 1 + (ids?.length ?? 0);

export function createSelections(clock: Clock): Selections {
  /** In the order of last use. */
  const kept = new Map<string, Selection & { expiresAt: number }>();
  let keptIds = 0;

  const drop = (id: string): void => {
    const selection = kept.get(id);
    if (selection) keptIds -= weightOf(selection);
    kept.delete(id);
  };
  const place = (id: string, selection: Selection): number => {
    drop(id);
    const expiresAt = clock.now() + keptMs;
    kept.set(id, { ...selection, expiresAt });
    keptIds += weightOf(selection);
    return expiresAt;
  };

  return {
    keep(selection) {
      const id = newId(clock.now());
      const expiresAt = place(id, selection);
      for (const [old, { expiresAt: end }] of kept) {
        if (old === id || (end > clock.now() && keptIds <= maxKeptIds)) break;
        drop(old);
      }
      return { id, expiresAt };
    },
    find(id) {
      const selection = kept.get(id);
      if (!selection || selection.expiresAt <= clock.now()) return undefined;
      place(id, selection);
      return selection;
    },
  };
}
