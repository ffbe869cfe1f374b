import type { Client, Outcome } from "@sampan/sdk";

const POLL_MS = 700;

/** The ids of what was made, also where much of it is done by a job. */
export async function settle(
  client: Pick<Client, "getJob">,
  outcome: Outcome,
): Promise<readonly string[]> {
  if (outcome.job === undefined) return outcome.ids;
  let { job } = outcome;
  while (job.state === "waiting" || job.state === "running") {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    job = await client.getJob(job.id);
  }
  if (job.state !== "done") throw new Error(job.failure ?? job.state);
  return job.ids;
}
