import { useLayoutEffect, useRef, type RefObject } from "react";
import type { Item } from "./item.ts";

interface SteadyScroll {
  scroller: RefObject<HTMLElement | null>;
  items: readonly Item[];
  rowHeight: number;
  columns: number;
}

/** Keeps the rows that somebody looks at where they are while others come and go above them. */
export function useSteadyScroll({ scroller, items, rowHeight, columns }: SteadyScroll): void {
  const before = useRef(items);
  useLayoutEffect(() => {
    const earlier = before.current;
    before.current = items;
    const element = scroller.current;
    if (element === null || earlier === items) return;
    // At the top the list shows its beginning, whatever that is.
    const top = Math.floor(element.scrollTop / rowHeight) * columns;
    const anchor = earlier[top]?.id;
    if (top === 0 || anchor === undefined || items[top]?.id === anchor) return;
    const now = items.findIndex(({ id }) => id === anchor);
    if (now !== -1)
      element.scrollBy({ top: (Math.floor(now / columns) - top / columns) * rowHeight });
  }, [scroller, items, rowHeight, columns]);
}
