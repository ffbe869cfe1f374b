export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  readonly facts: Record<string, unknown>;

  constructor(
    status: number,
    code: string,
    { cause, facts = {} }: { cause?: unknown; facts?: Record<string, unknown> } = {},
  ) {
    super(`${status} ${code}`, { cause });
    this.status = status;
    this.code = code;
    this.facts = facts;
  }
}
