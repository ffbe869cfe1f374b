/** A refusal of the fake server, answered as `problem+json`. */
export class FakeProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly facts: Record<string, unknown>;

  constructor(status: number, code: string, facts: Record<string, unknown> = {}) {
    super(code);
    this.status = status;
    this.code = code;
    this.facts = facts;
  }
}
