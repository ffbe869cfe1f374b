import { useCallback, useEffect, useState } from "react";
import type { Share } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { toFailure } from "../transfers/failure.ts";

interface Loaded {
  readonly shares: readonly Share[];
  readonly nextCursor: string | null;
  readonly isLoaded: boolean;
}

const nothing: Loaded = { shares: [], nextCursor: null, isLoaded: false };
const PAGE = 100;

/** What one shares, or by which shares one thing is reached, newest first. */
export function useShares(
  { client, notices }: Services,
  { nodeId }: { nodeId?: string | undefined } = {},
) {
  const [loaded, setLoaded] = useState<Loaded>(nothing);
  const load = useCallback(
    async (options: { cursor?: string | undefined; signal?: AbortSignal }): Promise<void> => {
      try {
        const page = await client.listShares({ nodeId, limit: PAGE, ...options });
        if (options.signal?.aborted === true) return;
        setLoaded((before) => ({
          shares: options.cursor === undefined ? page.items : [...before.shares, ...page.items],
          nextCursor: page.nextCursor,
          isLoaded: true,
        }));
      } catch (error) {
        if (options.signal?.aborted === true) return;
        const failure = toFailure(error);
        notices.show(({ t, format }) => t.explain(failure, format));
      }
    },
    [client, notices, nodeId],
  );
  useEffect(() => {
    const asking = new AbortController();
    setLoaded(nothing);
    void load({ signal: asking.signal });
    return () => asking.abort();
  }, [load]);

  const note = useCallback((share: Share): void => {
    setLoaded((before) => {
      const isKnown = before.shares.some(({ id }) => id === share.id);
      const shares = isKnown
        ? before.shares.map((known) => (known.id === share.id ? share : known))
        : [share, ...before.shares];
      return { ...before, shares };
    });
  }, []);
  const drop = useCallback((share: Share): void => {
    setLoaded((before) => ({
      ...before,
      shares: before.shares.filter(({ id }) => id !== share.id),
    }));
  }, []);
  return {
    ...loaded,
    hasMore: loaded.nextCursor !== null,
    loadMore: () => load({ cursor: loaded.nextCursor ?? undefined }),
    note,
    drop,
  };
}
