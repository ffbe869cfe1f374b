import { useCallback, useState } from "react";
import type { DrawerContent } from "./drawer.tsx";
import type { Item } from "./item.ts";
import type { Selection } from "./use-selection.ts";

/** What is known of one thing, beside the list. While it is open, it is about what is selected. */
export function useDrawer({ items }: Selection) {
  const [drawer, setDrawer] = useState<DrawerContent | null>(null);
  const [first] = items;
  const only = items.length === 1 && first !== undefined ? first : null;
  const [followedId, setFollowedId] = useState(only?.id);
  if (only?.id !== followedId) {
    setFollowedId(only?.id);
    if (drawer !== null && only !== null) setDrawer({ ...drawer, item: only });
  }
  return {
    drawer,
    setDrawer,
    share: useCallback((item: Item) => setDrawer({ kind: "share", item }), []),
    describe: useCallback((item: Item) => setDrawer({ kind: "details", item }), []),
    closeDrawer: useCallback(() => setDrawer(null), []),
  };
}
