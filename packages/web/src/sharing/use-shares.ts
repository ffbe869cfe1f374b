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
  const [cursor, setCursor] = useState<string | undefined>();
  useEffect(() => {
    const asking = new AbortController();
    client.listShares({ nodeId, limit: PAGE, cursor, signal: asking.signal }).then(
      (page) =>
        setLoaded((before) => ({
          shares: cursor === undefined ? page.items : [...before.shares, ...page.items],
          nextCursor: page.nextCursor,
          isLoaded: true,
        })),
      (error: unknown) => {
        if (asking.signal.aborted) return;
        const failure = toFailure(error);
        notices.show(({ t, format }) => t.explain(failure, format));
      },
    );
    return () => asking.abort();
  }, [client, notices, nodeId, cursor]);

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
    loadMore: (): void => setCursor(loaded.nextCursor ?? undefined),
    note,
    drop,
  };
}
