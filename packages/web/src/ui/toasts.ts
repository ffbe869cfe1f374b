import { createStore, type Store } from "../state/store.ts";
import type { Text } from "../text/text.tsx";

export interface Toast {
  readonly id: number;
  /** Worded when it is shown, so that it follows the language. */
  word(text: Text): string;
  /** Takes back what was done. */
  readonly undo: (() => Promise<void>) | null;
  /** Leads to it. */
  readonly link: ToastLink | null;
}

export interface ToastLink {
  readonly href: string;
  word(text: Text): string;
}

/** What was just done, and how to take it back. Only the latest shows, for a while. */
export interface Toasts extends Store<Toast | null> {
  show(word: Toast["word"], undo?: () => Promise<void>): void;
  showWithLink(word: Toast["word"], ways: { undo: () => Promise<void>; link: ToastLink }): void;
  /** Somebody points at it: it stays. */
  hold(): void;
  release(): void;
  dismiss(): void;
}

const SHOWN_MS = 10_000;

export function createToasts(): Toasts {
  const store = createStore<Toast | null>(null);
  let nextId = 1;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hold = (): void => clearTimeout(timer);
  const dismiss = (): void => {
    hold();
    store.set(null);
  };
  const release = (): void => {
    hold();
    timer = setTimeout(dismiss, SHOWN_MS);
  };
  const show = (toast: Omit<Toast, "id">): void => {
    store.set({ id: nextId, ...toast });
    nextId += 1;
    release();
  };
  return {
    ...store,
    hold,
    release,
    dismiss,
    show: (word, undo) => show({ word, undo: undo ?? null, link: null }),
    showWithLink: (word, ways) => show({ word, ...ways }),
  };
}
