/**
 * What someone chose to have as one archive, where it is too long for an address. Kept in memory, for a day after it was last asked for: a
 * restart forgets it, and the client chooses again. The archive itself is not kept; it is made from the files as they are.
 */
import type { Clock } from "../clock.ts";
import { newId } from "../ids.ts";

export interface Selection {
  readonly ownerId: string;
  readonly ids: readonly string[];
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

export function createSelections(clock: Clock): Selections {
  /** In the order of last use. */
  const kept = new Map<string, Selection & { expiresAt: number }>();
  let keptIds = 0;

  const drop = (id: string): void => {
    keptIds -= kept.get(id)?.ids.length ?? 0;
    kept.delete(id);
  };
  const place = (id: string, selection: Selection): number => {
    drop(id);
    const expiresAt = clock.now() + keptMs;
    kept.set(id, { ...selection, expiresAt });
    keptIds += selection.ids.length;
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
