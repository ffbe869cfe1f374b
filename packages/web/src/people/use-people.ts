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

  const load = useCallback(
    async (cursor: string | undefined): Promise<void> => {
      try {
        const page = await client.listUsers({ cursor });
        setLoaded((before) => ({
          users: cursor === undefined ? page.items : [...before.users, ...page.items],
          nextCursor: page.nextCursor,
        }));
      } catch (error) {
        const failure = toFailure(error);
        notices.show(({ t, format }) => t.explain(failure, format));
      }
    },
    [client, notices],
  );
  useEffect(() => void load(undefined), [load]);

  return {
    users,
    hasMore: nextCursor !== null,
    loadMore: () => load(nextCursor ?? undefined),
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
