import { setTimeout as delay } from "node:timers/promises";
import { answered, lost, wrong, type Finding } from "./findings.ts";
import type { Session } from "./ledger.ts";
import { describeOutcome, field, textField } from "./outcome.ts";

/** The server's own re-reading of every blob must agree with the harness: nothing is damaged. */
export async function scrub(session: Session): Promise<Finding[]> {
  const started = await answered(session.client.startCheck());
  if (started.kind !== "ok") {
    return [wrong("the server's own check", { found: describeOutcome(started) })];
  }
  let check = started.value;
  for (const deadline = Date.now() + 120_000; field(check, "state") === "running";) {
    if (Date.now() > deadline) return [wrong("the server's own check", { found: "never ends" })];
    await delay(50);
    const next = await answered(session.client.getCheck(textField(check, "id")));
    if (next.kind === "ok") check = next.value;
  }
  const problems = field(check, "problems");
  if (field(check, "state") === "done" && Array.isArray(problems) && problems.length === 0)
    return [];
  const found = JSON.stringify(check).slice(0, 1_000);
  return [lost("the server's own check", { promise: "every blob is whole", found })];
}
