/**
 * The events of an account, and of what is shared with it, as they come: everything after a seq, in order, then what is recorded from now on,
 * with neither gap nor repetition. Nothing is buffered: a reader that falls behind is behind in the log, and asks for the next page when it
 * is ready for it.
 */
import { setTimeout } from "node:timers/promises";
import type { RecordedEvent } from "../events.ts";
import type { SharedEvents } from "../sharing/shared-events.ts";
import type { EventFeed } from "./event-feed.ts";
import type { EventLog, EventStretch } from "./event-log.ts";

/** `seq`: where the reader is then; going on from there misses nothing. */
export type FollowStep =
  /** It begins here: what was before is for the reader to load. */
  | { readonly kind: "ready"; readonly seq: number }
  | { readonly kind: "events"; readonly seq: number; readonly events: readonly RecordedEvent[] }
  /** Events were purged before they were read: what the reader knows is out of date, and it begins anew here. */
  | { readonly kind: "reset"; readonly seq: number };

export type FollowEvents = (input: {
  accountId: string;
  /** The last seq that was read; absent: only what comes. */
  after: number | undefined;
  signal: AbortSignal;
}) => AsyncGenerator<FollowStep, void, void>;

const pageEvents = 200;
/** Between reads of a reader who is up to date: thousands of commits a second are not thousands of reads. */
const settleMs = 20;

export function createFollowEvents({
  events,
  feed,
  sharedEvents,
}: {
  events: Pick<EventLog, "since" | "newest">;
  feed: EventFeed;
  sharedEvents: SharedEvents;
}): FollowEvents {
  return async function* ({ accountId, after, signal }) {
    let alarm = Promise.withResolvers<void>();
    const wake = (): void => alarm.resolve();
    const listening = createListening(feed, wake);
    signal.addEventListener("abort", wake);
    try {
      listening.to([accountId]);
      let seq = after ?? (await events.newest());
      if (after === undefined) yield { kind: "ready", seq };
      while (!signal.aborted) {
        // Before the read: what is recorded during it may be missing from it.
        alarm = Promise.withResolvers();
        const accounts = [accountId, ...(await sharedEvents.owners(accountId))];
        listening.to(accounts);
        const found = await readStretch(events, { accounts, after: seq });
        if (found === "gone") {
          seq = await events.newest();
          yield { kind: "reset", seq };
          continue;
        }
        seq = found.reached;
        // An empty step says that the reader is up to date, which is worth remembering when others' events go by.
        const visible = await sharedEvents.show({ accountId, events: found.events });
        yield { kind: "events", seq, events: visible };
        if (found.isUpToDate) await nextAlarm(alarm.promise, signal);
      }
    } finally {
      listening.to([]);
      signal.removeEventListener("abort", wake);
    }
  };
}

/** Hears of exactly the accounts that were named last. */
function createListening(feed: EventFeed, wake: () => void) {
  const ends = new Map<string, () => void>();
  return {
    to(accounts: readonly string[]): void {
      for (const [id, end] of ends)
        if (!accounts.includes(id)) {
          end();
          ends.delete(id);
        }
      for (const id of accounts) if (!ends.has(id)) ends.set(id, feed.subscribe(id, wake));
    },
  };
}

/** The next events of all these accounts in their order: as far as every one of them was read. */
async function readStretch(
  events: Pick<EventLog, "since">,
  { accounts, after }: { accounts: readonly string[]; after: number },
): Promise<(EventStretch & { isUpToDate: boolean }) | "gone"> {
  const stretches: EventStretch[] = [];
  for (const accountId of accounts) {
    const found = await events.since({ accountId, after, limit: pageEvents });
    if (found === "gone") return "gone";
    stretches.push(found);
  }
  const reached = Math.min(...stretches.map((stretch) => stretch.reached));
  const read = stretches.flatMap((stretch) => stretch.events).filter(({ seq }) => seq <= reached);
  return {
    events: read.toSorted((a, b) => a.seq - b.seq),
    reached,
    isUpToDate: stretches.every((stretch) => stretch.events.length < pageEvents),
  };
}

/** Resolves a little after the alarm: what follows it closely is read with it. */
async function nextAlarm(alarm: Promise<void>, signal: AbortSignal): Promise<void> {
  await alarm;
  // Rejects only when it is aborted, and the caller looks at the signal.
  await setTimeout(settleMs, undefined, { signal }).catch(() => undefined);
}
