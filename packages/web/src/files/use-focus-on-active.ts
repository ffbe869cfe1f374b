import { useCallback, useEffect, useState, type RefObject } from "react";

/** Gives the focus to the active row once that is rendered; what was focused may be gone by then. */
export function useFocusOnActive(scroller: RefObject<HTMLDivElement | null>): () => void {
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    if (asked === 0) return;
    const { activeElement } = document;
    const isElsewhere = activeElement !== null && activeElement !== document.body;
    if (isElsewhere && !scroller.current?.contains(activeElement)) return;
    // A name is being typed.
    if (activeElement?.matches(".name-editor") === true) return;
    const row = scroller.current?.querySelector<HTMLElement>("[data-active=true]");
    row?.focus({ preventScroll: true });
  }, [asked, scroller]);
  return useCallback(() => setAsked((count) => count + 1), []);
}
