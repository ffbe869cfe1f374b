import { ConnectionLost } from "./http.ts";
import type { Outcome } from "./outcome.ts";

/** `lost`: an acknowledgement was broken. `wrong`: anything else the contract forbids. */
export interface Finding {
  severity: "lost" | "wrong";
  what: string;
  acknowledged: string;
  found: string;
}

/** No answer while verifying means that the server went away. */
export async function answered<T>(
  pending: Promise<Outcome<T>>,
): Promise<Exclude<Outcome<T>, { kind: "unknown" }>> {
  const outcome = await pending;
  if (outcome.kind === "unknown") throw new ConnectionLost(outcome.reason);
  return outcome;
}

export function lost(what: string, facts: { promise: string; found: string }): Finding {
  return { severity: "lost", what, acknowledged: facts.promise, found: facts.found };
}

export function wrong(what: string, facts: { promise?: string; found: string }): Finding {
  return { severity: "wrong", what, acknowledged: facts.promise ?? "-", found: facts.found };
}
