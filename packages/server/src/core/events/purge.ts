import type { Clock } from "../clock.ts";
import type { EventLog } from "./event-log.ts";

const purgeLimit = 10_000;

/** Forgets what is older than `retentionMs` (0: nothing ever), a bounded number at a time, so that uploads do not wait for it. */
export function createPurgeEvents({
  events,
  clock,
  retentionMs,
}: {
  events: Pick<EventLog, "purge">;
  clock: Clock;
  retentionMs: number;
}): () => Promise<number> {
  return async () => {
    if (retentionMs === 0) return 0;
    return events.purge({ before: clock.now() - retentionMs, limit: purgeLimit });
  };
}
