import { useCallback, useEffect, useState } from "react";
import type { Fetch, Page } from "@sampan/sdk";
import type { Services } from "../services.ts";
import { useAsked } from "../ui/use-asked.ts";

const PAGE = 50;
/** Progress is durable every few seconds only. */
const POLL_MS = 1_500;

/** The offline downloads, newest first, followed while some are under way and somebody looks. */
export function useFetches({ client, notices }: Services) {
  const [limit, setLimit] = useState(PAGE);
  const { answer, change, refresh } = useAsked<Page<Fetch>>(
    (options) => client.listFetches({ limit, ...options }),
    { notices },
  );
  const isUnderWay = answer?.items.some(isOpen) ?? false;
  useEffect(() => {
    if (!isUnderWay) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void refresh();
    }, POLL_MS);
    return () => clearInterval(timer);
  }, [isUnderWay, refresh]);
  useEffect(() => {
    if (limit > PAGE) void refresh();
  }, [limit, refresh]);
  return {
    items: answer?.items ?? null,
    hasMore: (answer?.nextCursor ?? null) !== null,
    showMore: useCallback(() => setLimit((before) => Math.min(1_000, before * 4)), []),
    change,
    refresh,
  };
}

export function isOpen({ state }: Fetch): boolean {
  return state === "queued" || state === "fetching";
}
