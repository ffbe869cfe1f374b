/** What any failure means to a client, before a dialect gives it its shape. */
import { isCoreError } from "../../core/errors.ts";
import { Busy } from "./admission/admission.ts";
import { HttpRefusal } from "./http-refusal.ts";
import { refusals, retryAfter } from "./status.ts";

export interface RefusalAnswer {
  readonly status: number;
  /** Stable; those of the native API. */
  readonly code: string;
  readonly message: string;
  readonly facts: object;
  readonly retryAfterSeconds: number | undefined;
}

/** Faults of ours say nothing of their cause: the log does. */
export function answerRefusal(error: unknown): RefusalAnswer {
  if (isCoreError(error)) {
    const { code, facts } = error;
    const { status, title } = refusals[code];
    return { status, code, message: title, facts, retryAfterSeconds: retryAfter(status) };
  }
  if (error instanceof Busy) {
    const { statusCode: status, message, retryAfterSeconds } = error;
    return { status, code: "too-many-requests", message, facts: {}, retryAfterSeconds };
  }
  if (error instanceof HttpRefusal) {
    const { statusCode: status, code, message, facts } = error;
    return { status, code, message, facts, retryAfterSeconds: undefined };
  }
  const { statusCode, message } = error as { statusCode?: unknown; message?: unknown };
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500) {
    const code = statusCode === 413 ? "body-too-long" : "invalid-request";
    return {
      status: statusCode,
      code,
      message: String(message),
      facts: {},
      retryAfterSeconds: undefined,
    };
  }
  const failed = {
    status: 500,
    code: "internal",
    message: "The failure has been logged",
    facts: {},
  };
  return { ...failed, retryAfterSeconds: undefined };
}
