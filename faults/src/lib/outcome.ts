import { ConnectionLost, type Reply } from "./http.ts";

/**
 * What a client knows after a request:
 * - `ok`: acknowledged. From here on the server owes it.
 * - `refused`: an answer that is not 2xx. A 4xx promises that nothing happened; after a 5xx the work
 *   may still have been done, which is harmless as long as it was done wholly.
 * - `unknown`: no answer.
 */
export type Outcome<T> =
  | { kind: "ok"; value: T }
  | { kind: "refused"; status: number; code: string; isProblem: boolean }
  | { kind: "unknown"; reason: string };

/** A 4xx: the server says it did nothing. */
export function isSurelyUndone(outcome: Outcome<unknown>): boolean {
  return outcome.kind === "refused" && outcome.status >= 400 && outcome.status < 500;
}

export async function outcomeOf<T>(
  reply: Promise<Reply>,
  read: (reply: Reply) => T,
): Promise<Outcome<T>> {
  let answer: Reply;
  try {
    answer = await reply;
  } catch (error) {
    if (error instanceof ConnectionLost) return { kind: "unknown", reason: error.message };
    throw error;
  }
  if (answer.status >= 200 && answer.status < 300) return { kind: "ok", value: read(answer) };
  const type = answer.headers["content-type"] ?? "";
  return {
    kind: "refused",
    status: answer.status,
    code: problemCode(answer.body),
    isProblem: type.startsWith("application/problem+json"),
  };
}

export function describeOutcome(outcome: Outcome<unknown>): string {
  if (outcome.kind === "ok") return "2xx";
  if (outcome.kind === "unknown") return `no answer (${outcome.reason})`;
  return `${outcome.status} ${outcome.code}${outcome.isProblem ? "" : " (not problem+json)"}`;
}

function problemCode(body: Buffer): string {
  try {
    return textField(JSON.parse(body.toString("utf8")), "code");
  } catch {
    return "(no code)";
  }
}

/** A named member of an object that came from outside, or `undefined`. */
export function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** A named text, or "" when there is none. */
export function textField(value: unknown, name: string): string {
  const text = field(value, name);
  return typeof text === "string" ? text : "";
}
