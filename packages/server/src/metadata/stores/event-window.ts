/**
 * Which stretch of the log one page of the audit looks at, `[start, end)` in seqs.
 *
 * Times are found by bisection over seqs, which grow with time but for what waited for its commit, or a clock that was set back: hence
 * the slack, and the exact comparison afterwards. Filters that no index serves look at a bounded stretch for each page.
 */
import type { AuditQuery } from "../../core/events/event-log.ts";
import type { Db } from "../schema.ts";
import { findEnds } from "./event-ends.ts";
import { firstRow, prepared } from "./prepared.ts";

export interface SeqWindow {
  readonly start: number;
  readonly end: number;
  /** Nothing that the query asks for is older. */
  readonly isLast: boolean;
}

/** Rows that one page may look at in vain: some milliseconds of the thread that answers everybody. */
const maxLookedAt = 5_000;
/** How far an event's time may be from the order of commits. */
const slackMs = 60 * 60 * 1000;

/** Undefined when there is nothing to look at. */
export async function findWindow(
  db: Db,
  { query, before }: { query: AuditQuery; before: number | undefined },
): Promise<SeqWindow | undefined> {
  const ends = await findEnds(db);
  if (ends === undefined) return undefined;
  const { from, to, kind, actorId, subjectId } = query;
  const bounds = { low: ends.oldest, high: ends.newest + 1 };
  const start =
    from === undefined ? bounds.low : await findSeqAt(db, { at: from - slackMs, bounds });
  const latest = to === undefined ? bounds.high : await findSeqAt(db, { at: to + slackMs, bounds });
  const end = Math.min(before ?? bounds.high, latest);
  if (end <= start) return undefined;
  const isBounded =
    subjectId === undefined && [kind, actorId, from, to].some((filter) => filter !== undefined);
  const stretch = isBounded ? Math.max(start, end - maxLookedAt) : start;
  return { start: stretch, end, isLast: stretch === start };
}

/** The first seq whose event is not before `at`, as far as times are in order. */
async function findSeqAt(
  db: Db,
  { at, bounds }: { at: number; bounds: { low: number; high: number } },
): Promise<number> {
  let { low, high } = bounds;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const event = await firstRow(selectFrom(db, { seq: middle }));
    if (event === undefined || event.at >= at) high = middle;
    else low = event.seq + 1;
  }
  return low;
}

const selectFrom = prepared((db, { seq }: { seq: number }) =>
  db.selectFrom("events").select(["seq", "at"]).where("seq", ">=", seq).orderBy("seq").limit(1),
);
