/** The fetches that this process is working on. */
export interface RunningFetch {
  /** Aborts when the owner cancels, or `stop` does. */
  readonly signal: AbortSignal;
  leave(): void;
}

export interface RunningFetches {
  enter(id: string, stop: AbortSignal): RunningFetch;
  /** Stops it, and resolves once it has left; at once when it is not at work here. */
  interrupt(id: string): Promise<void>;
}

export function createRunningFetches(): RunningFetches {
  const entries = new Map<string, { controller: AbortController; left: Promise<void> }>();
  return {
    enter(id, stop) {
      const controller = new AbortController();
      const { promise: left, resolve } = Promise.withResolvers<void>();
      const entry = { controller, left };
      entries.set(id, entry);
      return {
        signal: AbortSignal.any([controller.signal, stop]),
        leave() {
          if (entries.get(id) === entry) entries.delete(id);
          resolve();
        },
      };
    },
    async interrupt(id) {
      const entry = entries.get(id);
      entry?.controller.abort();
      await entry?.left;
    },
  };
}
