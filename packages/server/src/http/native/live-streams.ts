/** The streams that are open: so many for each account, and none when the server stops. */
import { CoreError } from "../../core/errors.ts";

export interface LiveStreams {
  /** Takes a place, or throws `too-many-streams`. `end` is called when the server stops. Returns how to give the place back. */
  enter(accountId: string, end: () => void): () => void;
  endAll(): void;
}

export function createLiveStreams({ limit }: { limit: number }): LiveStreams {
  const byAccount = new Map<string, Set<() => void>>();
  return {
    enter(accountId, end) {
      const streams = byAccount.get(accountId) ?? new Set();
      if (streams.size >= limit) throw new CoreError("too-many-streams", { limit });
      const place = (): void => end();
      byAccount.set(accountId, streams.add(place));
      return () => {
        streams.delete(place);
        if (streams.size === 0) byAccount.delete(accountId);
      };
    },
    endAll() {
      for (const streams of byAccount.values()) for (const end of streams) end();
    },
  };
}
