import { useEffect, type RefObject } from "react";

interface FollowOptions {
  list: RefObject<HTMLElement | null>;
  /** -1 for none. */
  index: number;
  scrollTo: (index: number) => void;
}

/** Keeps what is under way in sight, unless somebody is using the list. */
export function useFollowActive({ list, index, scrollTo }: FollowOptions): void {
  useEffect(() => {
    if (index < 0 || list.current?.matches(":hover, :focus-within") !== false) return;
    scrollTo(index);
  }, [list, index, scrollTo]);
}
