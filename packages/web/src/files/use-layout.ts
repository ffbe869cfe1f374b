import { useLayoutEffect, useState, type RefObject } from "react";
import { useIsPhone } from "../ui/use-media.ts";
import type { EntryPlace } from "./file-entry.tsx";

export interface Layout {
  readonly columns: number;
  readonly rowHeight: number;
  place(index: number): EntryPlace;
}

/** The style sheet says the same. */
const TILE = { minWidth: 168, height: 196, gap: 10, pad: 12 };

/** Where each entry of a list or of a grid stands; all are equally high. */
export function useLayout(
  scroller: RefObject<HTMLElement | null>,
  { isGrid }: { isGrid: boolean },
): Layout {
  const isPhone = useIsPhone();
  const width = useWidth(scroller, isGrid);
  if (!isGrid) {
    const rowHeight = isPhone ? 64 : 48;
    return {
      columns: 1,
      rowHeight,
      place: (index) => ({ left: 0, top: index * rowHeight, width: 0 }),
    };
  }
  const inner = Math.max(0, width - 2 * TILE.pad);
  const fitting = Math.floor((inner + TILE.gap) / (TILE.minWidth + TILE.gap));
  const columns = Math.max(2, fitting);
  const tileWidth = Math.max(0, (inner - (columns - 1) * TILE.gap) / columns);
  const rowHeight = TILE.height + TILE.gap;
  return {
    columns,
    rowHeight,
    place: (index) => ({
      left: TILE.pad + (index % columns) * (tileWidth + TILE.gap),
      top: TILE.pad + Math.floor(index / columns) * rowHeight,
      width: tileWidth,
    }),
  };
}

function useWidth(element: RefObject<HTMLElement | null>, isWanted: boolean): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null || !isWanted) return;
    const measure = (): void => setWidth(current.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  }, [element, isWanted]);
  return width;
}
