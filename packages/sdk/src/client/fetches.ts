import { callEmpty, callJson, type Call, type CallOptions } from "../call.ts";
import type { CreateFetch, Fetch, Page } from "../wire.ts";

export interface ListFetches extends CallOptions {
  limit?: number | undefined;
  cursor?: string | undefined;
}

export type FetchCalls = ReturnType<typeof createFetchCalls>;

/** Offline downloads: the server brings what a URL names into the drive. */
export function createFetchCalls(call: Call) {
  function listFetches({ limit, cursor, signal }: ListFetches = {}) {
    const query = { limit, cursor };
    return callJson<Page<Fetch>>(call, { method: "GET", path: "/fetches", query, signal });
  }

  return {
    listFetches,

    /** Every one, newest first, page after page. */
    async *eachFetch(options: Omit<ListFetches, "cursor"> = {}): AsyncGenerator<Fetch> {
      let cursor: string | undefined;
      do {
        const page = await listFetches({ ...options, cursor });
        yield* page.items;
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
    },

    createFetch(fetch: CreateFetch, options: CallOptions = {}) {
      return callJson<Fetch>(call, { ...options, method: "POST", path: "/fetches", json: fetch });
    },

    getFetch(id: string, options: CallOptions = {}) {
      return callJson<Fetch>(call, { ...options, method: "GET", path: fetchPath(id) });
    },

    /** Ends it and frees what it has received. */
    cancelFetch(id: string, options: CallOptions = {}) {
      const path = `${fetchPath(id)}/cancel`;
      return callJson<Fetch>(call, { ...options, method: "POST", path });
    },

    /** Queues a failed or cancelled one again. */
    retryFetch(id: string, options: CallOptions = {}) {
      const path = `${fetchPath(id)}/retry`;
      return callJson<Fetch>(call, { ...options, method: "POST", path });
    },

    /** Forgets it, cancelling it first where it is open. Its file stays. */
    async deleteFetch(id: string, options: CallOptions = {}): Promise<void> {
      await callEmpty(call, { ...options, method: "DELETE", path: fetchPath(id) });
    },
  };
}

function fetchPath(id: string): string {
  return `/fetches/${encodeURIComponent(id)}`;
}
