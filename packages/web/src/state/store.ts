/** A value that changes, and that a component can follow. */
export interface Store<State> {
  get(): State;
  /** Returns how to stop listening. */
  subscribe(listener: () => void): () => void;
}

export interface WritableStore<State> extends Store<State> {
  set(next: State): void;
}

export function createStore<State>(initial: State): WritableStore<State> {
  const listeners = new Set<() => void>();
  let state = initial;
  return {
    get: () => state,
    set(next) {
      if (Object.is(next, state)) return;
      state = next;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
