import type { Clock } from "../clock.ts";
import type { ShareStore } from "./share-store.ts";
import type { Visit } from "./visit.ts";

export type NoteOpened = (visit: Visit) => Promise<void>;

/** One visitor's looking around is one line of the log. */
const quietMs = 10 * 60_000;
const maxRemembered = 10_000;

export function createNoteOpened({
  shares,
  clock,
}: {
  shares: Pick<ShareStore, "recordVisit">;
  clock: Clock;
}): NoteOpened {
  const notedAt = new Map<string, number>();
  return async ({ share: { id }, actor }) => {
    const now = clock.now();
    const key = `${id} ${actor.accountId ?? ""} ${actor.address ?? ""}`;
    if (now - (notedAt.get(key) ?? -Infinity) < quietMs) return;
    if (notedAt.size >= maxRemembered) notedAt.clear();
    notedAt.set(key, now);
    await shares.recordVisit({ id, kind: "share.opened", actor, now });
  };
}
