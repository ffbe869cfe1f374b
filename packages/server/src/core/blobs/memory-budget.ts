/** Memory that many share, counted: who gets none does without. */
export interface MemoryBudget {
  /** True: so many bytes are the caller's until given back. */
  take(bytes: number): boolean;
  giveBack(bytes: number): void;
  /** Whether there is any left. */
  hasRoom(): boolean;
}

export function createMemoryBudget(limitBytes: number): MemoryBudget {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > limitBytes) return false;
      taken += bytes;
      return true;
    },
    giveBack(bytes) {
      taken -= bytes;
    },
    hasRoom: () => taken < limitBytes,
  };
}
