// What `npm run check` and the test reporter hand to `npm test`, as JSON in a file:
//
//   {"results": [{"name": "…", "status": "passed" | "failed" | "skipped", "reason": "…"}]}
//
// `reason` says why something was skipped or failed, in one line.

import { writeFileSync } from "node:fs";

export type Status = "passed" | "failed" | "skipped";

export type Result = { name: string; status: Status; reason?: string };

export function writeResults(path: string, results: Result[]): void {
  writeFileSync(path, `${JSON.stringify({ results }, null, 2)}\n`);
}

export function parseResults(value: unknown): Result[] {
  if (!isRecord(value) || !Array.isArray(value["results"])) {
    throw new TypeError("a results file must hold {results: […]}");
  }
  return value["results"].map(parseResult);
}

function parseResult(value: unknown): Result {
  if (isRecord(value)) {
    const { name, status, reason } = value;
    if (typeof name === "string" && isStatus(status)) {
      return typeof reason === "string" ? { name, status, reason } : { name, status };
    }
  }
  throw new TypeError(`not a result: ${JSON.stringify(value)}`);
}

function isStatus(value: unknown): value is Status {
  return value === "passed" || value === "failed" || value === "skipped";
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
