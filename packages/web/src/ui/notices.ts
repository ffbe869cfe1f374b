import { createStore, type Store } from "../state/store.ts";
import type { Text } from "../text/text.tsx";

export interface Notice {
  readonly id: number;
  /** Worded when it is shown, so that it follows the language. */
  word(text: Text): string;
}

/** What went wrong outside of a transfer, shown until it is dismissed. */
export interface Notices extends Store<readonly Notice[]> {
  show(word: Notice["word"]): void;
  dismiss(id: number): void;
  clear(): void;
}

const MAX_NOTICES = 3;

export function createNotices(): Notices {
  const store = createStore<readonly Notice[]>([]);
  let nextId = 1;
  return {
    ...store,
    show(word) {
      store.set([...store.get(), { id: nextId, word }].slice(-MAX_NOTICES));
      nextId += 1;
    },
    dismiss: (id) => store.set(store.get().filter((notice) => notice.id !== id)),
    clear: () => store.set([]),
  };
}
