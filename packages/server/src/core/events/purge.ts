import type { Clock } from "../clock.ts";
import type { EventLog } from "./event-log.ts";

/** Uploads wait for one write at a time, so each is short; a run forgets faster than small files come for long. */
const purgeLimit = 2_000;
const maxPurges = 50;

/** Forgets what is older than `retentionMs` (0: nothing ever); returns how many. */
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
    const before = clock.now() - retentionMs;
    let purged = 0;
    for (let round = 0; round < maxPurges; round++) {
      const count = await events.purge({ before, limit: purgeLimit });
      purged += count;
      if (count < purgeLimit) break;
    }
    return purged;
  };
}
