import { useEffect, type RefObject } from "react";

interface FollowOptions {
  list: RefObject<HTMLElement | null>;
  /** -1 for none. */
  firstActive: number;
  failed: number;
  scrollTo: (index: number) => void;
}

/** Keeps what is under way in sight, and what failed, unless somebody is using the list. */
export function useFollowNews({ list, firstActive, failed, scrollTo }: FollowOptions): void {
  useEffect(() => {
    if (firstActive >= 0 && isUnused(list.current)) scrollTo(firstActive);
  }, [list, firstActive, scrollTo]);
  useEffect(() => {
    // The failed ones stand first.
    if (failed > 0 && isUnused(list.current)) scrollTo(0);
  }, [list, failed, scrollTo]);
}

function isUnused(list: HTMLElement | null): boolean {
  return list?.matches(":hover, :focus-within") === false;
}
