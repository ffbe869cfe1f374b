import { useCallback, useEffect, useState } from "react";
import type { User } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { toFailure } from "../transfers/failure.ts";

interface Loaded {
  readonly users: readonly User[];
  readonly nextCursor: string | null;
}

/** The accounts, page by page. */
export function usePeople({ client, notices }: Services) {
  const [{ users, nextCursor }, setLoaded] = useState<Loaded>({ users: [], nextCursor: null });

  const [cursor, setCursor] = useState<string | undefined>();
  useEffect(() => {
    const asking = new AbortController();
    client.listUsers({ cursor, signal: asking.signal }).then(
      (page) =>
        setLoaded((before) => ({
          users: cursor === undefined ? page.items : [...before.users, ...page.items],
          nextCursor: page.nextCursor,
        })),
      (error: unknown) => {
        if (asking.signal.aborted) return;
        const failure = toFailure(error);
        notices.show(({ t, format }) => t.explain(failure, format));
      },
    );
    return () => asking.abort();
  }, [client, notices, cursor]);

  return {
    users,
    hasMore: nextCursor !== null,
    loadMore: (): void => setCursor(nextCursor ?? undefined),
    /** As the server answered to a change. */
    note: useCallback(
      (changed: User): void =>
        setLoaded((before) => ({
          ...before,
          users: before.users.map((user) => (user.id === changed.id ? changed : user)),
        })),
      [],
    ),
  };
}
