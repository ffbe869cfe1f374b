import { useCallback, useMemo, useState } from "react";
import type { Item } from "./item.ts";

interface Active {
  id: string;
  /** Where it was: its neighbour takes over when it is gone. */
  index: number;
}

/** The row that the keyboard is on. It follows its file while others come and go around it. */
export function useActiveRow(items: readonly Item[]) {
  const [active, setActive] = useState<Active>({ id: "", index: 0 });
  const index = useMemo(() => findActive(items, active), [items, active]);
  const activate = useCallback(
    (next: number) => {
      const target = Math.max(0, Math.min(next, items.length - 1));
      setActive({ id: items[target]?.id ?? "", index: target });
      return target;
    },
    [items],
  );
  return { active: index, activate };
}

function findActive(items: readonly Item[], { id, index }: Active): number {
  if (items[index]?.id === id) return index;
  const found = items.findIndex((file) => file.id === id);
  return found === -1 ? Math.min(index, items.length - 1) : found;
}
