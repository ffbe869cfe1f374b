/**
 * The events of an account, as they come: everything after a seq, in order, then what is recorded from now on, with neither gap nor
 * repetition. Nothing is buffered: a reader that falls behind is behind in the log, and asks for the next page when it is ready for it.
 */
import { setTimeout } from "node:timers/promises";
import type { RecordedEvent } from "../events.ts";
import type { EventFeed } from "./event-feed.ts";
import type { EventLog } from "./event-log.ts";

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
}: {
  events: Pick<EventLog, "since" | "newest">;
  feed: EventFeed;
}): FollowEvents {
  return async function* ({ accountId, after, signal }) {
    let alarm = Promise.withResolvers<void>();
    const wake = (): void => alarm.resolve();
    const unsubscribe = feed.subscribe(accountId, wake);
    signal.addEventListener("abort", wake);
    try {
      let seq = after ?? (await events.newest());
      if (after === undefined) yield { kind: "ready", seq };
      while (!signal.aborted) {
        // Before the read: what is recorded during it may be missing from it.
        alarm = Promise.withResolvers();
        const found = await events.since({ accountId, after: seq, limit: pageEvents });
        if (found === "gone") {
          seq = await events.newest();
          yield { kind: "reset", seq };
          continue;
        }
        seq = found.reached;
        // An empty step says that the reader is up to date, which is worth remembering when others' events go by.
        yield { kind: "events", seq, events: found.events };
        if (found.events.length < pageEvents) await nextAlarm(alarm.promise, signal);
      }
    } finally {
      unsubscribe();
      signal.removeEventListener("abort", wake);
    }
  };
}

/** Resolves a little after the alarm: what follows it closely is read with it. */
async function nextAlarm(alarm: Promise<void>, signal: AbortSignal): Promise<void> {
  await alarm;
  // Rejects only when it is aborted, and the caller looks at the signal.
  await setTimeout(settleMs, undefined, { signal }).catch(() => undefined);
}
