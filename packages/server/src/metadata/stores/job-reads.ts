import type { Db } from "../schema.ts";

export async function countJobs(db: Db): Promise<Record<"ready" | "running" | "dead", number>> {
  const rows = await db
    .selectFrom("jobs")
    .select((e) => ["state", e.fn.countAll<number>().as("count")])
    .groupBy("state")
    .execute();
  const counts = { ready: 0, running: 0, dead: 0 };
  for (const { state, count } of rows) counts[state] = count;
  return counts;
}
