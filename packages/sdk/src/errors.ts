/**
 * The one error class of the SDK. Decide by `code`: the server's codes arrive unchanged, and the
 * SDK adds its own few:
 *
 * - `connection-lost`: no answer, or the answer was cut (retryable)
 * - `unexpected-response`: the other side does not speak this API
 * - `source-changed`: the file being sent is not the one the upload began with
 * - `content-changed`: the file being fetched kept changing on the server
 * - `target-exists`: a download would overwrite something
 * - `not-a-file`: a folder or a device was given as a source
 * - `not-a-link`: a text that is not the address of something shared
 * - `arrival-unknown`: the answer to a file for a link was lost, and asking is not possible
 *
 * A stop through an AbortSignal is never a SampanError: the signal's own reason is thrown.
 */
export class SampanError extends Error {
  override readonly name = "SampanError";
  readonly code: string;
  /** The HTTP status, or 0 when no answer arrived. */
  readonly status: number;
  readonly retryable: boolean;
  /** Everything else the server said: `missing`, `expected`, `actual`, … */
  readonly facts: Readonly<Record<string, unknown>>;
  /** How long the server asked us to wait, from `Retry-After`. */
  readonly retryAfterMs: number | null;

  constructor(message: string, init: SampanErrorInit) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.status = init.status ?? 0;
    this.retryable = init.retryable ?? false;
    this.facts = init.facts ?? {};
    this.retryAfterMs = init.retryAfterMs ?? null;
  }
}

export interface SampanErrorInit {
  code: string;
  status?: number;
  retryable?: boolean;
  facts?: Readonly<Record<string, unknown>>;
  retryAfterMs?: number | null;
  cause?: unknown;
}

const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

export function isRetryable(error: unknown): error is SampanError {
  return error instanceof SampanError && error.retryable;
}

export function hasCode(error: unknown, ...codes: string[]): error is SampanError {
  return error instanceof SampanError && codes.includes(error.code);
}

/** For refusals that a later attempt answers although their status does not say so. */
export function asRetryable(error: SampanError): SampanError {
  const { code, status, facts, retryAfterMs } = error;
  const init = { code, status, facts, retryAfterMs, retryable: true, cause: error };
  return new SampanError(error.message, init);
}

export function connectionLost(cause: unknown): SampanError {
  const detail = cause instanceof Error ? describeCause(cause) : String(cause);
  return new SampanError(`No answer from the server: ${detail}`, {
    code: "connection-lost",
    retryable: true,
    cause,
  });
}

/** `fetch failed` says nothing; the cause below it says `ECONNREFUSED`. */
function describeCause(error: Error): string {
  const below: unknown = error.cause;
  const nested =
    error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : below;
  if (error.message === "" && nested instanceof Error) return nested.message;
  return nested instanceof Error && nested.message !== ""
    ? `${error.message} (${nested.message})`
    : error.message;
}

/** Turns a `problem+json` object (from an answer or from one batch result) into an error. */
export function errorFromProblem(problem: unknown, init: ProblemContext): SampanError {
  const { status } = init;
  const retryable = RETRYABLE_STATUSES.has(status);
  const retryAfterMs = init.retryAfterMs ?? null;
  const code = isRecord(problem) ? problem["code"] : undefined;
  if (!isRecord(problem) || typeof code !== "string") {
    return new SampanError(`The server answered ${status} without a problem description`, {
      code: "unexpected-response",
      status,
      retryable,
      facts: isRecord(problem) ? problem : {},
      retryAfterMs,
    });
  }
  const { type: _type, title, status: _status, detail, code: _code, ...facts } = problem;
  const message = [detail, title, code].find((text) => typeof text === "string" && text !== "");
  return new SampanError(String(message), {
    code,
    status,
    retryable,
    facts,
    retryAfterMs,
  });
}

export interface ProblemContext {
  status: number;
  retryAfterMs?: number | null;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
