import { useCallback, useLayoutEffect, useState, type RefObject } from "react";

export interface RowWindow {
  /** The rows to render: `first` is included, `end` is not. */
  first: number;
  end: number;
  scrollTo(index: number): void;
}

/** Rows that are rendered beyond the visible ones, so that scrolling shows no gaps. */
const SPARE_ROWS = 8;

/** Which rows of a long list of equally high ones need to exist. */
export function useWindow(
  scrollerRef: RefObject<HTMLElement | null>,
  { count, rowHeight }: { count: number; rowHeight: number },
): RowWindow {
  const [range, setRange] = useState({ first: 0, end: 0 });

  useLayoutEffect(() => {
    const scroller = scrollerRef.current;
    if (scroller === null) return;
    const measure = (): void => {
      const top = Math.floor(scroller.scrollTop / rowHeight);
      const visible = Math.ceil(scroller.clientHeight / rowHeight) + 1;
      const first = Math.max(0, top - SPARE_ROWS);
      const end = top + visible + SPARE_ROWS;
      setRange((now) => (now.first === first && now.end === end ? now : { first, end }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(scroller);
    scroller.addEventListener("scroll", measure, { passive: true });
    return () => {
      observer.disconnect();
      scroller.removeEventListener("scroll", measure);
    };
  }, [scrollerRef, rowHeight]);

  const scrollTo = useCallback(
    (index: number) => {
      const scroller = scrollerRef.current;
      if (scroller === null) return;
      const top = index * rowHeight;
      const lowest = top + rowHeight - scroller.clientHeight;
      if (scroller.scrollTop > top) scroller.scrollTop = top;
      else if (scroller.scrollTop < lowest) scroller.scrollTop = lowest;
    },
    [scrollerRef, rowHeight],
  );

  const first = Math.min(range.first, Math.max(0, count - 1));
  return { first, end: Math.min(range.end, count), scrollTo };
}
