/** Who wants to hear of which account, in this process. */
export interface Listeners<T> {
  tell(accountId: string, news: T): void;
  /** `listener` must not throw. Returns how to end it. */
  add(accountId: string, listener: (news: T) => void): () => void;
}

export function createListeners<T>(): Listeners<T> {
  const byAccount = new Map<string, Set<(news: T) => void>>();
  return {
    tell(accountId, news) {
      for (const listener of byAccount.get(accountId) ?? []) listener(news);
    },
    add(accountId, listener) {
      const own = (news: T): void => listener(news);
      const others = byAccount.get(accountId) ?? new Set();
      byAccount.set(accountId, others.add(own));
      return () => {
        others.delete(own);
        if (others.size === 0 && byAccount.get(accountId) === others) byAccount.delete(accountId);
      };
    },
  };
}
