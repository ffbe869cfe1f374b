import { useCallback, useMemo, useState } from "react";
import type { Item } from "./item.ts";

export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** In the order of the list. */
  readonly items: readonly Item[];
  only(index: number): void;
  toggle(index: number): void;
  /** From where the last choice was made to here; `add` keeps what is selected beyond that. */
  extendTo(index: number, options?: { add: boolean }): void;
  all(): void;
  clear(): void;
}

interface Chosen {
  ids: ReadonlySet<string>;
  anchorId: string | null;
}

const nothing: Chosen = { ids: new Set(), anchorId: null };

/** What is selected of a list. What has left the list is not selected any more. */
export function useSelection(items: readonly Item[]): Selection {
  const [chosen, setChosen] = useState<Chosen>(nothing);
  const selected = useMemo(
    () => (chosen.ids.size === 0 ? [] : items.filter(({ id }) => chosen.ids.has(id))),
    [items, chosen],
  );

  const only = useCallback(
    (index: number) => {
      const id = items[index]?.id;
      if (id !== undefined) setChosen({ ids: new Set([id]), anchorId: id });
    },
    [items],
  );
  const toggle = useCallback(
    (index: number) => {
      const id = items[index]?.id;
      if (id === undefined) return;
      setChosen(({ ids }) => {
        const next = new Set(ids);
        if (!next.delete(id)) next.add(id);
        return { ids: next, anchorId: id };
      });
    },
    [items],
  );
  const extendTo = useCallback(
    (index: number, { add }: { add: boolean } = { add: false }) =>
      setChosen(({ ids, anchorId }) => {
        const found = items.findIndex(({ id }) => id === anchorId);
        const anchor = found === -1 ? index : found;
        const range = items.slice(Math.min(anchor, index), Math.max(anchor, index) + 1);
        const kept = add ? [...ids] : [];
        const reached = range.map(({ id }) => id);
        return { ids: new Set([...kept, ...reached]), anchorId: items[anchor]?.id ?? null };
      }),
    [items],
  );
  const all = useCallback(
    () => setChosen({ ids: new Set(items.map(({ id }) => id)), anchorId: items[0]?.id ?? null }),
    [items],
  );
  const clear = useCallback(() => setChosen(nothing), []);
  return { ids: chosen.ids, items: selected, only, toggle, extendTo, all, clear };
}
