/** A number for every code, for families whose envelopes carry one. Published: a number never changes and is never used again. */
import type { ErrorCode } from "../../core/errors.ts";

type Code =
  | ErrorCode
  | "too-many-requests"
  | "not-found"
  | "precondition-failed"
  | "range-not-satisfiable"
  | "internal";

const numbers: Partial<Record<Code, number>> = {
  "invalid-request": 1001,
  "name-refused": 1002,
  "part-out-of-range": 1003,
  "part-misaligned": 1004,
  "body-cut": 1005,
  "body-too-long": 1006,
  "file-too-large": 1007,
  "range-not-satisfiable": 1008,
  "digest-mismatch": 2001,
  "name-taken": 3001,
  "upload-paused": 3002,
  "upload-complete": 3003,
  "upload-aborted": 3004,
  "upload-expired": 3005,
  "upload-failed": 3006,
  "upload-incomplete": 3007,
  "offset-mismatch": 3008,
  "part-conflict": 3009,
  superseded: 3010,
  "precondition-failed": 3011,
  "upload-not-found": 4001,
  "file-not-found": 4002,
  "check-not-found": 4003,
  "not-found": 4004,
  "quota-exceeded": 5001,
  "disk-full": 5002,
  "too-many-uploads": 5003,
  "too-many-requests": 5004,
  unauthenticated: 6001,
  "body-too-slow": 7001,
  "writes-stopped": 7002,
  internal: 9000,
};

/** Codes that have none of their own share one. */
const otherNumber = 9999;

export function numberOf(code: string): number {
  return numbers[code as Code] ?? otherNumber;
}
