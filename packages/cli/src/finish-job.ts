import type { Client, Job } from "@sampan/sdk";
import { sleep } from "./sleep.ts";

const POLL_MS = 200;

/** Waits for what takes the server longer than a request; its end, or null where there was no job. Throws where it failed. */
export async function finishJob(
  client: Client,
  { job, signal }: { job: Job | undefined | null; signal: AbortSignal },
): Promise<Job | null> {
  let now = job ?? null;
  while (now !== null && now.state !== "done") {
    if (now.state === "failed" || now.state === "cancelled")
      throw new Error(`the server gave up: ${now.failure ?? now.state}`);
    await sleep(POLL_MS, signal);
    now = await client.getJob(now.id, { signal });
  }
  return now;
}
